package io.infrafabric.rescue;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Reactions.Then;
import io.infrafabric.bus.Work;
import io.infrafabric.event.CoordinatorEvent.SessionLeft;
import io.infrafabric.event.CoordinatorEvent.SessionLost;
import io.infrafabric.event.CoordinatorEvent.SessionReadied;
import io.infrafabric.event.CoordinatorEvent.Standing;
import io.infrafabric.event.CoordinatorEvent.TaskMoved;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.RescueEvent.BlockerReported;
import io.infrafabric.input.Check;
import io.infrafabric.rescue.BlockerRulingTransaction.Carried;
import io.infrafabric.rescue.BlockerTransaction.Answer;
import io.infrafabric.rescue.BlockerTransaction.Raise;
import io.infrafabric.rescue.ReactionTransaction.Gone;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What rescue does about events. */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.rescue.channel", stringValue = "true", enableIfMissing = true)
public class RescueFunction {
    private static final String FUNCTION = "rescue";

    @Produces
    static final Reactions<Batch, Then<Changes>> HEARS = Reactions.<Batch, Changes>underLock(FUNCTION)
            .on(BlockerReported.class, Batch::reported)
            .on(CaseResolved.class, Batch::ruled)
            .on(SessionLost.class, Batch::lost)
            .on(SessionLeft.class, Batch::left)
            .note(SessionReadied.class, Batch::readied)
            .note(TaskMoved.class, Batch::moved)
            .due(RescueTransaction.DUE, Batch::due);

    private final Inbox inbox;
    private final RescueTransaction rescue;
    private final BlockerTransaction calls;
    private final ReactionTransaction reactions;
    private final BlockerRulingTransaction rulings;

    public RescueFunction(
            Inbox inbox,
            RescueTransaction rescue,
            BlockerTransaction calls,
            ReactionTransaction reactions,
            BlockerRulingTransaction rulings) {
        this.inbox = inbox;
        this.rescue = rescue;
        this.calls = calls;
        this.reactions = reactions;
        this.rulings = rulings;
    }

    @Incoming("rescue")
    public Uni<Void> on(EventBatch batch) {
        return inbox.takeTogether(batch, this::react);
    }

    /** Locks all swarms first and together; blockers reported at the same time are assigned together. */
    private Uni<Void> react(Work work, List<Envelope> envelopes) {
        Batch batch = new Batch(work);
        List<Then<Changes>> then = HEARS.tell(batch, envelopes);
        Set<String> swarms = batch.swarms;
        swarms.addAll(batch.freed);
        return reactions
                .swarms(work, batch.about)
                .invoke(swarms::addAll)
                .chain(() -> rescue.begin(work, swarms))
                .invoke(changes -> batch.freed.forEach(changes::look))
                .chain(changes -> Reactions.inTurn(then, changes)
                        .chain(() -> reactions.tasksOver(work, changes, swarms, batch.over))
                        .chain(() -> rescue.finish(
                                work, changes, envelopes.getFirst().trace())));
    }

    /** What the events of one transaction concern. */
    final class Batch {
        private final Work work;
        private final List<String> about = new ArrayList<>();
        private final List<String> over = new ArrayList<>();
        private final Set<String> swarms = new TreeSet<>();
        private final Set<String> freed = new TreeSet<>();

        Batch(Work work) {
            this.work = work;
        }

        Then<Changes> reported(BlockerReported reported, Envelope envelope) {
            swarms.add(Check.givenId("swarm", reported.swarm()));
            return changes -> report(work, changes, envelope, reported);
        }

        Then<Changes> due(String blocker) {
            about.add(blocker);
            return changes -> reactions.due(work, changes, blocker);
        }

        Then<Changes> ruled(CaseResolved ruling, Envelope envelope) {
            if (!ruling.function().equals(FUNCTION)) {
                return Then.nothing();
            }
            about.add(BlockerRulingTransaction.blocker(ruling));
            return changes -> rulings.carryOut(work, changes, ruling, envelope.trace())
                    .invoke(RescueFunction::mustBeDone)
                    .replaceWithVoid();
        }

        Then<Changes> lost(SessionLost lost, Envelope envelope) {
            return gone(new Gone(lost.session(), lost.swarm(), lost.enrolment(), envelope.time()));
        }

        Then<Changes> left(SessionLeft left, Envelope envelope) {
            return gone(new Gone(left.session(), left.swarm(), left.enrolment(), envelope.time()));
        }

        private Then<Changes> gone(Gone gone) {
            swarms.add(gone.swarm());
            return changes -> reactions.gone(work, changes, gone);
        }

        void readied(SessionReadied readied) {
            freed.add(readied.swarm());
        }

        void moved(TaskMoved moved) {
            if (moved.standing() != Standing.CLAIMED) {
                freed.add(moved.swarm());
                if (moved.standing() != Standing.OPEN) {
                    over.add(moved.task());
                }
            }
        }
    }

    /** A refused report fails, and becomes a dead letter with the reason, because nobody waits for an answer. */
    private Uni<Void> report(Work work, Changes changes, Envelope envelope, BlockerReported report) {
        Raise wish = new Raise(
                report.blocker() == null ? envelope.id().toString() : Check.id("blocker", report.blocker()),
                report.swarm(),
                Check.givenId("session", report.session()),
                Check.id("task", report.task()),
                Check.givenText("description", report.description(), RescueBodies.DESCRIPTION),
                RescueBodies.needs("domains", report.domains()),
                RescueBodies.needs("tools", report.tools()),
                report.severity() == null ? Severity.MEDIUM : report.severity(),
                envelope.trace());
        return calls.needs(work.connection(), wish.task(), wish.swarm())
                .invoke(needs -> RescueAnswers.mustExist(wish.task(), needs))
                .chain(() -> calls.raise(work, changes, List.of(wish)))
                .invoke(raised -> {
                    if (!(raised.getFirst() instanceof Answer.Done)) {
                        throw RescueAnswers.refusal(raised.getFirst());
                    }
                })
                .replaceWithVoid();
    }

    /** The same for what a human decided. */
    private static void mustBeDone(Carried carried) {
        if (!(carried instanceof Carried.Done)) {
            throw RescueAnswers.refusal(carried);
        }
    }
}
