package io.infrafabric.consensus;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Reactions.Then;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.consensus.ConsensusBodies.FalsifierBody;
import io.infrafabric.consensus.ConsensusBodies.VoteBody;
import io.infrafabric.consensus.EvidenceTransaction.Concerned;
import io.infrafabric.consensus.VoteTransaction.Cast;
import io.infrafabric.coordinator.published.Electorate;
import io.infrafabric.event.ConsensusEvent.VoteReported;
import io.infrafabric.event.CoordinatorEvent.SessionLeft;
import io.infrafabric.event.CoordinatorEvent.SessionLost;
import io.infrafabric.event.DissentEvent.FalsifierObserved;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.RelationEvent.ContradictionEnded;
import io.infrafabric.event.RelationEvent.ContradictionFound;
import io.infrafabric.input.Check;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.hibernate.reactive.mutiny.Mutiny;

/** What consensus does about events. */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.consensus.channel", stringValue = "true", enableIfMissing = true)
public class ConsensusFunction {
    private static final String DECISION = "decision:";

    @Produces
    static final Reactions<Batch, Then<Locked>> HEARS = Reactions.<Batch, Locked>underLock(ClosingTransaction.FUNCTION)
            .note(SessionLost.class, Batch::lost)
            .note(SessionLeft.class, Batch::left)
            .on(VoteReported.class, Batch::voted)
            .on(CaseResolved.class, Batch::resolved)
            .on(FalsifierObserved.class, Batch::observed)
            .note(ContradictionFound.class, Batch::found)
            .note(ContradictionEnded.class, Batch::ended)
            .due("close:", Batch::timeUp)
            .noteDue(EvidenceTransaction.DUE, Batch::leftOver);

    private final Inbox inbox;
    private final EntitySessions sessions;
    private final Electorate electorates;
    private final VoteTransaction votes;
    private final ConsensusAnswers answers;
    private final ClosingTransaction closings;
    private final DecisionRulingTransaction reviews;
    private final Due due;
    private final ConsensusConfig config;

    public ConsensusFunction(
            Inbox inbox,
            EntitySessions sessions,
            Electorate electorates,
            VoteTransaction votes,
            ConsensusAnswers answers,
            ClosingTransaction closings,
            DecisionRulingTransaction reviews,
            Due due,
            ConsensusConfig config) {
        this.inbox = inbox;
        this.sessions = sessions;
        this.electorates = electorates;
        this.votes = votes;
        this.answers = answers;
        this.closings = closings;
        this.reviews = reviews;
        this.due = due;
        this.config = config;
    }

    @Incoming("consensus")
    public Uni<Void> on(EventBatch batch) {
        return inbox.takeTogether(
                batch, (work, envelopes) -> sessions.in(work, session -> react(session, work, envelopes)));
    }

    /** What is known before any decision is locked. */
    record About(Concerned concerned, Map<String, List<String>> electors) {}

    /** The locked rows that a batch concerns. */
    record Locked(About about, Map<String, DecisionTable.Locked> decisions, Instant now) {}

    private Uni<Void> react(Mutiny.Session session, Work work, List<Envelope> envelopes) {
        Batch batch = new Batch(session, work);
        List<Then<Locked>> reactions = HEARS.tell(batch, envelopes);
        return EvidenceTransaction.learn(
                        work, batch.found, batch.ended, batch.leftOver, batch.words, config.evidenceBatch())
                .then(batch::lockElectors)
                .then(batch::lockDecisions)
                .take()
                .chain(locked -> Reactions.inTurn(reactions, locked)
                        .chain(() -> weigh(work, locked))
                        .chain(() -> batch.checkReach(locked))
                        .chain(() -> goOn(work, locked)));
    }

    private static Uni<Void> weigh(Work work, Locked locked) {
        Concerned concerned = locked.about().concerned();
        return concerned.decisions().isEmpty()
                ? Uni.createFrom().voidItem()
                : EvidenceTransaction.weigh(
                        work, concerned.evidence(), locked.decisions().values());
    }

    private Uni<Void> goOn(Work work, Locked locked) {
        return due.at(
                work.connection(),
                ClosingTransaction.FUNCTION,
                locked.about().concerned().unfinished().stream()
                        .collect(Collectors.toMap(
                                contradiction -> EvidenceTransaction.DUE + contradiction,
                                contradiction -> locked.now())));
    }

    /** What the events of one transaction concern. */
    final class Batch {
        private final Mutiny.Session session;
        private final Work work;
        private final Set<String> decisions = new TreeSet<>();
        private final Set<String> reopened = new TreeSet<>();
        private final Set<String> gone = new TreeSet<>();
        private final List<ContradictionFound> found = new ArrayList<>();
        private final List<ContradictionEnded> ended = new ArrayList<>();
        private final Set<String> leftOver = new TreeSet<>();
        private final List<Vote.Words> words = new ArrayList<>();

        Batch(Mutiny.Session session, Work work) {
            this.session = session;
            this.work = work;
        }

        void lost(SessionLost lost) {
            gone.add(lost.session());
        }

        void left(SessionLeft left) {
            gone.add(left.session());
        }

        Then<Locked> timeUp(String decision) {
            decisions.add(decision);
            return locked -> {
                DecisionTable.Locked one = locked.decisions().get(decision);
                return one == null ? Uni.createFrom().voidItem() : closings.timeUp(session, work, one, locked.now());
            };
        }

        /** A vote that is refused fails, and becomes a dead letter with the reason, because nobody waits for an answer. */
        Then<Locked> voted(VoteReported vote, Envelope envelope) {
            Cast cast = cast(vote, envelope);
            decisions.add(cast.decision());
            words.add(cast.words());
            return locked -> votes.take(
                            session,
                            work,
                            cast,
                            locked.about().concerned().evidence(),
                            locked.decisions().get(cast.decision()))
                    .invoke(answers::shown)
                    .replaceWithVoid();
        }

        private Cast cast(VoteReported vote, Envelope envelope) {
            FalsifierBody falsifier = vote.falsifier() == null
                    ? null
                    : new FalsifierBody(
                            vote.falsifier().statement(), vote.falsifier().dueAt());
            VoteBody body = new VoteBody(
                    vote.session(),
                    vote.vote(),
                    vote.rationale(),
                    vote.confidence(),
                    vote.alternative(),
                    vote.evidence(),
                    falsifier);
            return new Cast(
                    Check.givenId("decision", vote.decision()),
                    Check.givenId("session", vote.session()),
                    Check.givenId("swarm", vote.swarm()),
                    body.check(config),
                    envelope.trace());
        }

        Then<Locked> resolved(CaseResolved resolved) {
            if (!ClosingTransaction.FUNCTION.equals(resolved.function())) {
                return Then.nothing();
            }
            String decision = decision(resolved.subject());
            decisions.add(decision);
            return locked -> reviews.resolved(session, work, known(locked, decision), resolved, locked.now());
        }

        Then<Locked> observed(FalsifierObserved seen) {
            reopened.add(seen.decision());
            return locked -> reviews.reopen(
                    session,
                    work,
                    known(locked, seen.decision()),
                    seen,
                    locked.about().electors().getOrDefault(seen.decision(), List.of()),
                    locked.now());
        }

        void found(ContradictionFound contradiction) {
            found.add(contradiction);
        }

        void ended(ContradictionEnded contradiction) {
            ended.add(contradiction);
        }

        /** It is weighed together with everything that contradictions concern. */
        void leftOver(String contradiction) {
            leftOver.add(contradiction);
        }

        /** Locks sessions that will get notices. */
        Lock<Locks.Sessions, About> lockElectors(Concerned concerned) {
            return Lock.of(electors(session, reopened)
                    .call(electors -> electorates
                            .lock(
                                    work,
                                    electors.values().stream()
                                            .flatMap(List::stream)
                                            .distinct()
                                            .toList())
                            .take())
                    .map(electors -> new About(concerned, electors)));
        }

        /** Locks all decisions that the events concern, in the order of their ids. */
        Lock<Locks.Decisions, Locked> lockDecisions(About about) {
            decisions.addAll(about.concerned().decisions());
            decisions.addAll(reopened);
            return Lock.of(DecisionTable.openWith(session, gone)
                    .invoke(decisions::addAll)
                    .chain(() -> DecisionTable.openAgain(session, reopened))
                    .invoke(decisions::addAll)
                    .chain(() -> DecisionTable.lock(session, decisions).take())
                    .chain(rows -> Rows.now(work.connection()).map(now -> {
                        Map<String, DecisionTable.Locked> locked = new HashMap<>();
                        rows.forEach(one -> locked.put(one.row().id, one));
                        return new Locked(about, locked, now);
                    })));
        }

        /** A session that fell silent or left may have been needed for a quorum. */
        Uni<Void> checkReach(Locked locked) {
            Uni<Void> checked = Uni.createFrom().voidItem();
            if (gone.isEmpty()) {
                return checked;
            }
            for (DecisionTable.Locked one : locked.decisions().values()) {
                checked = checked.chain(() -> closings.checkReach(session, work, one, gone, locked.now()));
            }
            return checked;
        }
    }

    private static Uni<Map<String, List<String>>> electors(Mutiny.Session session, Set<String> decisions) {
        return decisions.isEmpty()
                ? Uni.createFrom().item(Map.of())
                : session.createSelectionQuery("from ElectorRow e where e.decision in :ids", ElectorRow.class)
                        .setParameter("ids", decisions)
                        .getResultList()
                        .map(rows -> {
                            Map<String, List<String>> electors = new HashMap<>();
                            rows.forEach(row -> electors.computeIfAbsent(row.decision, none -> new ArrayList<>())
                                    .add(row.session));
                            return electors;
                        });
    }

    private static String decision(String subject) {
        if (!subject.startsWith(DECISION)) {
            throw new IllegalArgumentException("Nothing of this kind is known here: " + subject);
        }
        return subject.substring(DECISION.length());
    }

    private static DecisionTable.Locked known(Locked locked, String decision) {
        DecisionTable.Locked known = locked.decisions().get(decision);
        if (known == null) {
            throw new IllegalArgumentException("There is no decision " + decision);
        }
        return known;
    }
}
