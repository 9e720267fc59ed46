package io.infrafabric.consensus;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.consensus.DecisionView.Missing;
import io.infrafabric.consensus.DecisionView.Seen;
import io.infrafabric.consensus.VoteTable.Counted;
import io.infrafabric.coordinator.published.Electorate;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.hibernate.reactive.mutiny.Mutiny;

/** Reads decisions, for callers and for writers of memos. */
@ApplicationScoped
public class Decisions {
    /** What others may know of a decision without reading all of it. */
    public record Standing(String swarm, String state) {}

    /**
     * Which decisions to list; {@code null} means any.
     *
     * @param voted whether {@code elector} has voted; requires {@code elector}
     * @param beforeAt with {@code beforeId}, the last decision of the previous page
     */
    record Filter(
            String swarm, Decision.State state, String elector, Boolean voted, Instant beforeAt, String beforeId) {}

    private final EntitySessions sessions;
    private final Electorate electorates;

    Decisions(EntitySessions sessions, Electorate electorates) {
        this.sessions = sessions;
        this.electorates = electorates;
    }

    /** The decision with its votes; {@code null} if it is out of reach. */
    Uni<DecisionView> find(String id, Caller caller) {
        return sessions.run((session, work) -> {
            work.nothingWritten();
            return session.find(DecisionRow.class, id)
                    .chain(row -> row == null || !caller.reaches(row.swarm)
                            ? Uni.createFrom().nullItem()
                            : view(session, work, row));
        });
    }

    /** The decision with its votes, as this transaction sees it. */
    Uni<DecisionView> view(Mutiny.Session session, Work work, DecisionRow row) {
        return VoteTable.silent(session, row.id)
                .chain(silent -> electorates
                        .states(work.connection(), row.swarm, silent)
                        .chain(states -> VoteTable.votes(session, row.id)
                                .chain(votes -> VoteTable.count(session, List.of(row))
                                        .map(counted ->
                                                view(row, counted.get(row.id), missing(silent, states), votes)))));
    }

    private static DecisionView view(DecisionRow row, Counted counted, List<Missing> missing, List<Vote> votes) {
        Seen seen = new Seen(counted.tally(), counted.independent(), missing, votes, row.unreachableSince);
        return DecisionView.of(row.toDecision(), seen);
    }

    private static List<Missing> missing(List<String> silent, Map<String, String> states) {
        return silent.stream()
                .map(session -> new Missing(session, states.getOrDefault(session, "LEFT")))
                .toList();
    }

    /** One page, newest first, without votes. */
    Uni<List<DecisionView>> page(Filter filter, int limit) {
        return sessions.read(session -> DecisionTable.page(session, filter, limit)
                .chain(rows -> VoteTable.count(session, rows)
                        .map(counted -> rows.stream()
                                .map(row -> view(row, counted.get(row.id), null, null))
                                .toList())));
    }

    /** Whether the votes on a decision may be shown now; {@code null} if it is out of reach. Reads no vote. */
    Uni<Boolean> showsVotes(String id, Caller caller) {
        return sessions.read(session -> session.find(DecisionRow.class, id).map(row -> {
            boolean inReach = row != null && caller.reaches(row.swarm);
            return inReach ? row.toDecision().isShown() : null;
        }));
    }

    /** Where a decision stands; {@code null} if it does not exist. */
    public Uni<Standing> standing(String id) {
        return sessions.read(session -> session.find(DecisionRow.class, id)
                .map(row -> row == null ? null : new Standing(row.swarm, row.state.name())));
    }

    /**
     * Everything that was said about a closed decision, read in the caller's transaction; {@code null} if it does not
     * exist or is still open. Writes nothing.
     */
    public Uni<Minutes> minutes(String id, Mutiny.Session session) {
        return session.find(DecisionRow.class, id)
                .chain(row -> row == null || row.state == Decision.State.OPEN
                        ? Uni.createFrom().nullItem()
                        : VoteTable.votes(session, id)
                                .chain(votes -> VoteTable.silent(session, id)
                                        .map(silent -> minutes(row.toDecision(), votes, silent))));
    }

    private static Minutes minutes(Decision decision, List<Vote> votes, List<String> silent) {
        Rules rules = decision.rules();
        Decision.Count count = decision.count();
        return new Minutes(
                decision.id(),
                decision.swarm(),
                new Minutes.Motion(
                        decision.summary(),
                        decision.rationale(),
                        Hazard.words(decision.hazards()),
                        decision.openedBy(),
                        decision.openedAt(),
                        decision.reopens(),
                        decision.traceToken()),
                new Minutes.Conditions(
                        decision.electors(),
                        rules.quorum(),
                        rules.majority(),
                        rules.supermajority(),
                        rules.closesAt(),
                        rules.sealed(),
                        rules.correlation(),
                        rules.minIndependent()),
                new Minutes.Result(
                        decision.state().outcome(),
                        count.gate() == null ? null : count.gate().name(),
                        count.because(),
                        count.by(),
                        count.at(),
                        count.independent()),
                votes.stream().map(Decisions::said).toList(),
                silent);
    }

    private static Minutes.Said said(Vote vote) {
        Vote.Falsifier falsifier = vote.falsifier();
        return new Minutes.Said(
                vote.session(),
                vote.vote().word(),
                vote.rationale(),
                vote.confidence(),
                vote.alternative(),
                vote.evidence(),
                falsifier == null ? null : falsifier.statement(),
                falsifier == null ? null : falsifier.dueAt(),
                vote.number(),
                vote.at());
    }
}
