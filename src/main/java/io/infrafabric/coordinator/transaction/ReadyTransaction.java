package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.claim.ReadyTable;
import io.infrafabric.coordinator.claim.Reason;
import io.infrafabric.coordinator.task.Task;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/**
 * What a session could do now: the tasks that it would be granted if it named them. It asks of each what
 * {@link WhyTransaction} asks, and locks and writes nothing.
 */
@ApplicationScoped
public class ReadyTransaction {
    /** So many of the first tasks that fit are asked about. */
    private static final int MOST = 20;

    /**
     * What there is.
     *
     * @param ready in the order of claims
     * @param fitting how many were asked about, at most 20
     * @param first the first that fits and is not to be had, {@code null} if there is none
     */
    public record Ready(List<Task> ready, int fitting, String first) {}

    /** A task that fits, and whether it would be granted. */
    private record Asked(Task task, boolean free) {}

    private final Transactions transactions;
    private final WhyTransaction whys;

    ReadyTransaction(Transactions transactions, WhyTransaction whys) {
        this.transactions = transactions;
        this.whys = whys;
    }

    /** What this session could do now. */
    public Uni<Ready> of(Caller session) {
        return transactions.run(work -> {
            work.nothingWritten();
            return ReadyTable.fitting(work.connection(), session.subject(), session.swarm(), MOST)
                    .chain(ids -> Multi.createFrom()
                            .iterable(ids)
                            .onItem()
                            .transformToUniAndConcatenate(id -> asked(work, id, session.subject()))
                            .collect()
                            .asList())
                    .map(ReadyTransaction::sorted);
        });
    }

    private Uni<Asked> asked(Work work, String task, String session) {
        return whys.why(work, task, session)
                .map(answer -> answer == null
                        ? null
                        : new Asked(
                                answer.known().task(),
                                answer.session() != null
                                        && answer.reasons().stream().allMatch(Reason.Fairness.class::isInstance)));
    }

    private static Ready sorted(List<Asked> asked) {
        return new Ready(
                asked.stream().filter(Asked::free).map(Asked::task).toList(),
                asked.size(),
                asked.stream()
                        .filter(one -> !one.free())
                        .map(one -> one.task().id())
                        .findFirst()
                        .orElse(null));
    }
}
