package io.infrafabric.consensus;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.command.Pipeline;
import io.infrafabric.consensus.DecisionTable.Locked;
import io.infrafabric.consensus.VoteTable.Before;
import io.infrafabric.consensus.VoteTable.Counted;
import io.infrafabric.event.ConsensusEvent.ClosedBecause;
import io.infrafabric.event.ConsensusEvent.VoteCast;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * Takes in votes under the lock of their decision, many in one transaction. The last elector's vote closes the decision
 * in the same transaction.
 */
@ApplicationScoped
class VoteTransaction {

    /**
     * A vote.
     *
     * @param swarm the session's swarm, from its token: decisions of other swarms are out of reach
     */
    record Cast(String decision, String session, String swarm, Vote.Words words, Trace trace) {
        /** Two votes of one session on one decision run one after the other. */
        Object entity() {
            return List.of(decision, session);
        }
    }

    /** What became of a vote; {@code state} is the decision's state after the transaction. */
    record Answer(Cast cast, Voting voting, Vote vote, Decision.State state) {}

    private final EntitySessions sessions;
    private final ClosingTransaction closings;
    private final Voting.Bounds bounds;
    private final Pipeline<Cast, Answer> votes;

    VoteTransaction(EntitySessions sessions, Commands commands, ClosingTransaction closings, ConsensusConfig config) {
        this.sessions = sessions;
        this.closings = closings;
        this.bounds = new Voting.Bounds(
                config.maxChanges(), config.maxWords(), config.maxElectorWords(), config.longestFalsifier());
        this.votes = commands.gathered(
                "vote",
                new GroupCommit.Bounds(config.commitBatch(), config.commitQueue(), config.commitParallel()),
                Cast::entity,
                (work, batch) -> sessions.in(work, session -> take(session, work, batch)));
    }

    /** Takes a vote in, or says why not. */
    Uni<Reply<Answer>> cast(Cast cast, Keep<Answer> keep) {
        return votes.submit(cast, keep);
    }

    private Uni<List<Answer>> take(Mutiny.Session session, Work work, List<Cast> batch) {
        Set<String> ids = batch.stream().map(Cast::decision).collect(Collectors.toCollection(TreeSet::new));
        return EvidenceTransaction.share(work, batch.stream().map(Cast::words).toList())
                .then(evidence -> lock(session, ids, evidence))
                .take()
                .chain(held -> take(session, work, batch, held))
                .invoke(answers -> {
                    if (answers.stream().noneMatch(answer -> answer.voting() instanceof Voting.Cast)) {
                        work.nothingWritten();
                    }
                });
    }

    /**
     * Takes a vote in, in a transaction that has its decision under lock, and contradictions if it cites claims.
     *
     * @param evidence the proof of the latter; {@code null} if they are not locked
     * @param decision {@code null} if there is none of this id
     */
    Uni<Answer> take(
            Mutiny.Session session, Work work, Cast cast, DisputedEvidenceTable.Locked evidence, Locked decision) {
        return take(
                        session,
                        work,
                        List.of(cast),
                        new Held(Optional.ofNullable(evidence), decision == null ? List.of() : List.of(decision)))
                .map(List::getFirst);
    }

    /** Earlier votes are read after the lock, so they are up to date. */
    private Uni<List<Answer>> take(Mutiny.Session session, Work work, List<Cast> batch, Held held) {
        Set<String> ids = batch.stream().map(Cast::decision).collect(Collectors.toCollection(TreeSet::new));
        Set<String> voters = batch.stream().map(Cast::session).collect(Collectors.toSet());
        return VoteTable.before(session, ids, voters)
                .chain(before -> Rows.now(work.connection()).chain(now -> {
                    Map<String, Locked> decisions =
                            held.decisions().stream().collect(Collectors.toMap(one -> one.row().id, one -> one));
                    return take(session, work, decide(batch, decisions, before, now), before, now)
                            .call(() -> weigh(work, held))
                            .chain(taken -> closeComplete(session, work, held.decisions(), taken, now));
                }));
    }

    /** What a batch of votes has under lock. */
    private record Held(Optional<DisputedEvidenceTable.Locked> evidence, List<Locked> decisions) {}

    private static Lock<Locks.Decisions, Held> lock(
            Mutiny.Session session, Set<String> ids, Optional<DisputedEvidenceTable.Locked> evidence) {
        return Lock.of(DecisionTable.lock(session, ids).take().map(decisions -> new Held(evidence, decisions)));
    }

    private static Uni<Void> weigh(Work work, Held held) {
        return held.evidence().isEmpty()
                ? Uni.createFrom().voidItem()
                : EvidenceTransaction.weigh(work, held.evidence().get(), held.decisions());
    }

    /** A decided vote of the batch. */
    private record Decided(Cast cast, DecisionRow decision, Voting voting) {}

    private List<Decided> decide(List<Cast> batch, Map<String, Locked> decisions, Before before, Instant now) {
        List<Decided> decided = new ArrayList<>();
        for (Cast cast : batch) {
            Locked locked = decisions.get(cast.decision());
            DecisionRow row = locked == null ? null : locked.row();
            if (row == null || !row.swarm.equals(cast.swarm())) {
                decided.add(new Decided(cast, null, new Voting.Unknown()));
                continue;
            }
            ElectorRow.Key key = new ElectorRow.Key(cast.decision(), cast.session());
            VoteRow stands = before.votes().get(key);
            Vote last = stands == null ? null : stands.toVote();
            Voting voting = Voting.decide(
                    row.toDecision(),
                    before.electors().contains(key),
                    last,
                    cast.words(),
                    stands == null ? 0 : stands.said,
                    bounds,
                    now);
            if (voting instanceof Voting.Cast) {
                row.words += cast.words().length() - (last == null ? 0 : last.length());
            }
            decided.add(new Decided(cast, row, voting));
        }
        return decided;
    }

    /** Writes the votes that count: first unmarks the current ones, then inserts the new ones. */
    private static Uni<List<Answer>> take(
            Mutiny.Session session, Work work, List<Decided> decided, Before before, Instant now) {
        List<VoteRow> rows = new ArrayList<>();
        List<Answer> taken = new ArrayList<>();
        for (Decided one : decided) {
            Cast cast = one.cast();
            Vote vote = one.voting() instanceof Voting.Same(Vote same) ? same : null;
            if (one.voting() instanceof Voting.Cast(int number)) {
                VoteRow last = before.votes().get(new ElectorRow.Key(cast.decision(), cast.session()));
                long said = last == null ? 0 : last.said;
                VoteRow row = new VoteRow(cast.decision(), cast.session(), number, cast.words(), said, now);
                if (last != null) {
                    last.current = false;
                }
                rows.add(row);
                vote = row.toVote();
                work.emit(told(one.decision(), vote), cast.trace());
            }
            taken.add(new Answer(cast, one.voting(), vote, one.decision() == null ? null : one.decision().state));
        }
        return session.flush()
                .chain(() -> session.persistAll(rows.toArray()))
                .chain(session::flush)
                .replaceWith(taken);
    }

    private static VoteCast told(DecisionRow decision, Vote vote) {
        return new VoteCast(
                decision.id,
                decision.swarm,
                vote.session(),
                decision.sealed ? null : vote.vote().word(),
                decision.sealed ? null : vote.confidence(),
                vote.number());
    }

    /** Closes the decisions that everybody has now voted on, and says so in the answers. */
    private Uni<List<Answer>> closeComplete(
            Mutiny.Session session, Work work, List<Locked> locked, List<Answer> taken, Instant now) {
        Set<String> touched = taken.stream()
                .filter(answer -> answer.voting() instanceof Voting.Cast)
                .map(answer -> answer.cast().decision())
                .collect(Collectors.toSet());
        List<Locked> open =
                locked.stream().filter(one -> touched.contains(one.row().id)).toList();
        return VoteTable.count(session, open.stream().map(Locked::row).toList())
                .chain(counted -> close(session, work, complete(open, counted), now))
                .map(done -> {
                    Map<String, Decision.State> states =
                            locked.stream().collect(Collectors.toMap(one -> one.row().id, one -> one.row().state));
                    return taken.stream()
                            .map(answer -> new Answer(
                                    answer.cast(),
                                    answer.voting(),
                                    answer.vote(),
                                    states.get(answer.cast().decision())))
                            .toList();
                });
    }

    private static List<Locked> complete(Collection<Locked> open, Map<String, Counted> counted) {
        return open.stream()
                .filter(one -> counted.get(one.row().id).tally().votes() == one.row().electors)
                .toList();
    }

    private Uni<Void> close(Mutiny.Session session, Work work, List<Locked> complete, Instant now) {
        Uni<Void> closed = Uni.createFrom().voidItem();
        for (Locked one : complete) {
            closed = closed.chain(() -> closings.close(session, work, one, ClosedBecause.ALL_VOTED, null, now));
        }
        return closed;
    }

    /**
     * Which votes to list.
     *
     * @param before with {@code beforeSession} and {@code beforeNumber}, the last vote of the previous page;
     *     {@code null} for the first page
     */
    record Filter(String decision, String session, Instant before, String beforeSession, Integer beforeNumber) {}

    /** One page of all votes ever cast on a decision, newest first. */
    Uni<List<Vote>> page(Filter filter, int limit) {
        return sessions.read(session -> VoteTable.page(session, filter, limit));
    }
}
