package io.infrafabric.consensus;

import io.infrafabric.bus.Deadlines;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.Work;
import io.infrafabric.consensus.DecisionTable.Locked;
import io.infrafabric.consensus.VoteTable.Counted;
import io.infrafabric.coordinator.published.Electorate;
import io.infrafabric.event.ConsensusEvent.ClosedBecause;
import io.infrafabric.event.ConsensusEvent.DecisionClosed;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Trace;
import io.infrafabric.input.Spelling;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * Counts and closes. A transaction that closes locks the decision's row first and counts in a later statement, so no
 * vote is left out, and a decision closes once.
 */
@ApplicationScoped
@Priority(Deadlines.DECISIONS)
class ClosingTransaction implements Deadlines {
    static final String FUNCTION = "consensus";

    /** The most characters of a summary in a question to a human. */
    private static final int SHOWN_OF_A_SUMMARY = 1000;

    private final Due due;
    private final Electorate electorates;
    private final ConsensusConfig config;

    ClosingTransaction(Due due, Electorate electorates, ConsensusConfig config) {
        this.due = due;
        this.electorates = electorates;
        this.config = config;
    }

    /** The name under which the sweep knows when to look whether a decision must close. */
    static String deadline(String decision) {
        return "close:" + decision;
    }

    /** Closes an open decision: counts, decides, emits the events, and asks a human if necessary. */
    Uni<Void> close(Mutiny.Session session, Work work, Locked locked, ClosedBecause because, String by, Instant now) {
        DecisionRow row = locked.row();
        return session.flush()
                .chain(() -> row.sealed
                        ? EvidenceTransaction.unseal(work, locked)
                        : Uni.createFrom().voidItem())
                .chain(() -> VoteTable.count(session, List.of(row)))
                .invoke(counted -> close(work, row, counted.get(row.id), because, by, now))
                .chain(() -> due.forget(work.connection(), FUNCTION, List.of(deadline(row.id))));
    }

    private static void close(
            Work work, DecisionRow row, Counted counted, ClosedBecause because, String by, Instant now) {
        Decision open = row.toDecision();
        Rules.Verdict verdict = because == ClosedBecause.HUMAN
                ? Rules.Verdict.HUMAN
                : open.rules().verdict(counted.tally(), open.hazards(), counted.independent());
        Decision.Count count =
                new Decision.Count(counted.tally(), counted.independent(), verdict.gate(), because, by, now);
        row.close(Decision.State.of(verdict.outcome()), count);
        Trace trace = new Trace(null, row.traceToken);
        work.emit(
                new DecisionClosed(
                        row.id,
                        row.swarm,
                        verdict.outcome(),
                        Objects.toString(verdict.gate(), null),
                        because,
                        counted.tally().approve(),
                        counted.tally().reject(),
                        counted.tally().abstain(),
                        by,
                        now),
                trace);
        if (verdict.gate() != null && because != ClosedBecause.HUMAN) {
            work.emit(question(open, count), trace);
        }
    }

    private static CaseRequested question(Decision decision, Decision.Count count) {
        VoteTally tally = count.tally();
        String asked = "Decision " + decision.id() + ": " + shown(decision.summary()) + "\n" + tally.votes() + " of "
                + decision.electors() + " electors voted (quorum "
                + decision.rules().quorum() + "): "
                + tally.approve() + " approve, " + tally.reject() + " reject, " + tally.abstain() + " abstain"
                + (decision.hazards().isEmpty() ? "" : "; hazards: " + Hazard.words(decision.hazards()))
                + ". Do you approve or reject it?";
        return ask(decision, count.gate(), asked, "1");
    }

    /** A question to a human about a decision. */
    static CaseRequested ask(Decision decision, Rules.Gate gate, String asked, String occurrence) {
        return new CaseRequested(
                FUNCTION,
                "decision:" + decision.id(),
                decision.swarm(),
                gate.name(),
                decision.hazards().isEmpty() && gate != Rules.Gate.FALSIFIER_OBSERVED ? Severity.MEDIUM : Severity.HIGH,
                asked,
                List.of("APPROVE", "REJECT"),
                List.of("decision:" + decision.id()),
                occurrence,
                null);
    }

    /** The part of a summary that fits into a question. */
    static String shown(String summary) {
        return summary.length() <= SHOWN_OF_A_SUMMARY ? summary : Spelling.cut(summary, SHOWN_OF_A_SUMMARY) + " …";
    }

    /**
     * The decision's closing time has come, or the time by which its quorum must be within reach again, unless that
     * time was moved.
     */
    Uni<Void> timeUp(Mutiny.Session session, Work work, Locked locked, Instant now) {
        DecisionRow row = locked.row();
        if (row.state != Decision.State.OPEN) {
            return Uni.createFrom().voidItem();
        }
        return row.closesAt.isAfter(now)
                ? look(session, work, locked, Set.of(), true, now)
                : close(session, work, locked, ClosedBecause.TIME_UP, null, now);
    }

    /**
     * Looks whether the electors who are there can reach the quorum of an open decision. If not, the decision closes:
     * at once if the missing electors have left, otherwise when they have been silent for too long. One due row stands
     * for whichever time comes first.
     *
     * @param gone sessions that have just fallen silent or left
     */
    Uni<Void> checkReach(Mutiny.Session session, Work work, Locked locked, Set<String> gone, Instant now) {
        return locked.row().state == Decision.State.OPEN
                ? look(session, work, locked, gone, false, now)
                : Uni.createFrom().voidItem();
    }

    /** {@code cameDue} says that the due row is gone. */
    private Uni<Void> look(
            Mutiny.Session session, Work work, Locked locked, Set<String> gone, boolean cameDue, Instant now) {
        DecisionRow row = locked.row();
        Rules rules = row.toDecision().rules();
        return VoteTable.silent(session, row.id)
                .chain(silent -> turnout(work, row, silent)
                        .chain(turnout -> goneSince(work, row, silent, gone)
                                .map(count -> QuorumReach.before(rules, turnout, count, row.unreachableSince))
                                .map(since -> QuorumReach.decide(rules, turnout, since, config.quorumPatience(), now))))
                .chain(reach -> switch (reach) {
                    case QuorumReach.Within _ -> waitUntil(work, row, null, row.closesAt, cameDue);
                    case QuorumReach.Waiting(Instant since, Instant until) ->
                        waitUntil(work, row, since, until.isBefore(row.closesAt) ? until : row.closesAt, cameDue);
                    case QuorumReach.Lost _ ->
                        close(session, work, locked, ClosedBecause.QUORUM_UNREACHABLE, null, now);
                });
    }

    /**
     * How many electors without a vote have just gone, and were heard after the quorum was found to be out of reach.
     */
    private Uni<Integer> goneSince(Work work, DecisionRow row, List<String> silent, Set<String> gone) {
        List<String> went = silent.stream().filter(gone::contains).toList();
        return row.unreachableSince == null || went.isEmpty()
                ? Uni.createFrom().item(0)
                : electorates.goneSince(work.connection(), row.swarm, went, row.unreachableSince);
    }

    private Uni<QuorumReach.Turnout> turnout(Work work, DecisionRow row, List<String> silent) {
        return electorates
                .states(work.connection(), row.swarm, silent)
                .chain(states -> electorates
                        .lastHeard(work.connection(), row.swarm, silent)
                        .map(heard -> new QuorumReach.Turnout(
                                row.electors - silent.size(), Collections.frequency(states.values(), "LIVE"), heard)));
    }

    private Uni<Void> waitUntil(Work work, DecisionRow row, Instant since, Instant until, boolean cameDue) {
        if (!cameDue && Objects.equals(row.unreachableSince, since)) {
            return Uni.createFrom().voidItem();
        }
        row.unreachableSince = since;
        return due.at(work.connection(), FUNCTION, Map.of(deadline(row.id), until));
    }

    /** Moves times on by a gap in which no part of the fabric ran, because nobody could vote or come back. */
    @Override
    public Uni<Void> extend(SqlConnection connection, Instant gapStart, Duration gap) {
        return DecisionTable.extend(connection, gapStart, gap);
    }
}
