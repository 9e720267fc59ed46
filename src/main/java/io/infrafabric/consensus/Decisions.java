package io.infrafabric.consensus;

import io.infrafabric.bus.Sessions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.consensus.ClosingTransaction.Counted;
import io.infrafabric.consensus.DecisionView.Missing;
import io.infrafabric.consensus.DecisionView.Seen;
import io.infrafabric.coordinator.Electorate;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.reactive.mutiny.Mutiny;

/** Decisions as they are read: by callers, and by who writes memos. */
@ApplicationScoped
public class Decisions {
    private static final String CURRENT =
            "from VoteRow v where v.decision = :id and v.current = true order by v.session";

    /** What others may know of a decision without reading all of it. */
    public record Standing(String swarm, String state) {}

    /**
     * Which decisions to list; {@code null} is any.
     *
     * @param voted whether {@code elector} has voted; needs it
     * @param beforeAt with {@code beforeId} the last decision of the page before
     */
    record Filter(
            String swarm, Decision.State state, String elector, Boolean voted, Instant beforeAt, String beforeId) {}

    private final Sessions sessions;
    private final Electorate electorates;

    Decisions(Sessions sessions, Electorate electorates) {
        this.sessions = sessions;
        this.electorates = electorates;
    }

    /** The decision with its votes, {@code null} if there is none in reach. */
    Uni<DecisionView> find(String id, Caller caller) {
        return sessions.run((session, work) -> {
            work.nothingWritten();
            return session.find(DecisionRow.class, id)
                    .chain(row -> row == null || !caller.reaches(row.swarm)
                            ? Uni.createFrom().nullItem()
                            : view(session, work, row));
        });
    }

    /** The decision as it is in this transaction, with its votes. */
    Uni<DecisionView> view(Mutiny.Session session, Work work, DecisionRow row) {
        return ClosingTransaction.silent(session, row.id)
                .chain(silent -> electorates
                        .states(work.connection(), row.swarm, silent)
                        .chain(states -> votes(session, row.id)
                                .chain(votes -> ClosingTransaction.count(session, List.of(row))
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

    private static Uni<List<Vote>> votes(Mutiny.Session session, String id) {
        return session.createSelectionQuery(CURRENT, VoteRow.class)
                .setParameter("id", id)
                .getResultList()
                .map(rows -> rows.stream().map(VoteRow::toVote).toList());
    }

    /** One page, newest first, without votes. */
    Uni<List<DecisionView>> page(Filter filter, int limit) {
        Map<String, Object> given = new HashMap<>();
        StringBuilder query = new StringBuilder("from DecisionRow d where true");
        and(query, given, " and d.swarm = :swarm", "swarm", filter.swarm());
        and(query, given, " and d.state = :state", "state", filter.state());
        and(
                query,
                given,
                " and exists (select 1 from ElectorRow e where e.decision = d.id and e.session = :elector)",
                "elector",
                filter.elector());
        if (filter.voted() != null) {
            query.append(filter.voted() ? " and exists" : " and not exists")
                    .append(" (select 1 from VoteRow v where v.decision = d.id and v.session = :elector"
                            + " and v.current = true)");
        }
        and(query, given, " and (d.openedAt, d.id) < (:at, :id)", "at", filter.beforeAt());
        and(query, given, "", "id", filter.beforeId());
        query.append(" order by d.openedAt desc, d.id desc");
        return sessions.read(session -> {
            var selection = session.createSelectionQuery(query.toString(), DecisionRow.class);
            given.forEach(selection::setParameter);
            return selection
                    .setMaxResults(limit)
                    .getResultList()
                    .chain(rows -> ClosingTransaction.count(session, rows)
                            .map(counted -> rows.stream()
                                    .map(row -> view(row, counted.get(row.id), null, null))
                                    .toList()));
        });
    }

    private static void and(
            StringBuilder query, Map<String, Object> given, String condition, String name, Object value) {
        if (value != null) {
            query.append(condition);
            given.put(name, value);
        }
    }

    /** Whether the votes on a decision may be shown now, {@code null} if there is none in reach. Reads no vote. */
    Uni<Boolean> showsVotes(String id, Caller caller) {
        return sessions.read(session -> session.find(DecisionRow.class, id).map(row -> {
            boolean inReach = row != null && caller.reaches(row.swarm);
            return inReach ? row.toDecision().isShown() : null;
        }));
    }

    /** Where a decision stands; {@code null} if there is none. */
    public Uni<Standing> standing(String id) {
        return sessions.read(session -> session.find(DecisionRow.class, id)
                .map(row -> row == null ? null : new Standing(row.swarm, row.state.name())));
    }

    /**
     * All that was said about a closed decision, read in somebody's transaction; {@code null} if there is none, or it is
     * still open. Writes nothing.
     */
    public Uni<Minutes> minutes(String id, Mutiny.Session session) {
        return session.find(DecisionRow.class, id)
                .chain(row -> row == null || row.state == Decision.State.OPEN
                        ? Uni.createFrom().nullItem()
                        : votes(session, id)
                                .chain(votes -> ClosingTransaction.silent(session, id)
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
