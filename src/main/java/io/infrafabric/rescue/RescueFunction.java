package io.infrafabric.rescue;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Work;
import io.infrafabric.door.Check;
import io.infrafabric.event.BudgetEvent;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.ConsensusEvent;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.CoordinatorEvent.SessionLeft;
import io.infrafabric.event.CoordinatorEvent.SessionLost;
import io.infrafabric.event.CoordinatorEvent.SessionReadied;
import io.infrafabric.event.CoordinatorEvent.Standing;
import io.infrafabric.event.CoordinatorEvent.TaskMoved;
import io.infrafabric.event.DeadlockEvent;
import io.infrafabric.event.DissentEvent;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.RelationEvent;
import io.infrafabric.event.RescueEvent;
import io.infrafabric.event.RescueEvent.BlockerReported;
import io.infrafabric.event.StealingEvent;
import io.infrafabric.rescue.CallStore.Answer;
import io.infrafabric.rescue.CallStore.Raise;
import io.infrafabric.rescue.ReactionStore.Gone;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What rescue does when its channel tells it something. */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.rescue.channel", stringValue = "true", enableIfMissing = true)
public class RescueFunction {
    private final Inbox inbox;
    private final RescueStore rescue;
    private final CallStore calls;
    private final ReactionStore reactions;

    public RescueFunction(Inbox inbox, RescueStore rescue, CallStore calls, ReactionStore reactions) {
        this.inbox = inbox;
        this.rescue = rescue;
        this.calls = calls;
        this.reactions = reactions;
    }

    @Incoming("rescue")
    public Uni<Void> on(EventBatch batch) {
        return inbox.takeTogether(batch, this::react);
    }

    /** All swarms are locked first and together; what is reported at the same time is assigned together. */
    private Uni<Void> react(Work work, List<Envelope> envelopes) {
        List<String> about = new ArrayList<>();
        List<String> over = new ArrayList<>();
        Set<String> swarms = new TreeSet<>();
        Set<String> freed = new TreeSet<>();
        for (Envelope envelope : envelopes) {
            switch (envelope.event()) {
                case BlockerReported reported -> swarms.add(Check.givenId("swarm", reported.swarm()));
                case CameDue due -> about.add(RescueStore.dueBlocker(due.entity()));
                case CaseResolved resolved
                when resolved.function().equals("rescue") -> about.add(ReactionStore.blocker(resolved));
                case TaskMoved moved
                when moved.standing() != Standing.CLAIMED -> {
                    freed.add(moved.swarm());
                    if (moved.standing() != Standing.OPEN) {
                        over.add(moved.task());
                    }
                }
                case SessionReadied readied -> freed.add(readied.swarm());
                case SessionLost lost -> swarms.add(lost.swarm());
                case SessionLeft left -> swarms.add(left.swarm());
                case CoordinatorEvent _,
                        BudgetEvent _,
                        EscalationEvent _,
                        RescueEvent _,
                        DeadlockEvent _,
                        StealingEvent _,
                        ConsensusEvent _,
                        DissentEvent _,
                        RelationEvent _ -> {
                    // Not subscribed to, or not asked by rescue.
                }
            }
        }
        swarms.addAll(freed);
        return reactions
                .swarms(work, about)
                .invoke(swarms::addAll)
                .chain(() -> rescue.begin(work, swarms))
                .invoke(changes -> freed.forEach(changes::look))
                .chain(changes -> {
                    Uni<Void> reacted = Uni.createFrom().voidItem();
                    for (Envelope envelope : envelopes) {
                        reacted = reacted.chain(() -> react(work, changes, envelope));
                    }
                    return reacted.chain(() -> reactions.tasksOver(work, changes, swarms, over))
                            .chain(() -> rescue.finish(
                                    work, changes, envelopes.getFirst().trace()));
                });
    }

    private Uni<Void> react(Work work, Changes changes, Envelope envelope) {
        return switch (envelope.event()) {
            case BlockerReported reported -> report(work, changes, envelope, reported);
            case CameDue due -> reactions.due(work, changes, RescueStore.dueBlocker(due.entity()));
            case CaseResolved resolved
            when resolved.function().equals("rescue") -> reactions.decided(work, changes, resolved, envelope.trace());
            case SessionLost lost ->
                reactions.gone(
                        work, changes, new Gone(lost.session(), lost.swarm(), lost.enrolment(), envelope.time()));
            case SessionLeft left ->
                reactions.gone(
                        work, changes, new Gone(left.session(), left.swarm(), left.enrolment(), envelope.time()));
            case CoordinatorEvent _,
                    BudgetEvent _,
                    EscalationEvent _,
                    RescueEvent _,
                    DeadlockEvent _,
                    StealingEvent _,
                    ConsensusEvent _,
                    DissentEvent _,
                    RelationEvent _ -> Uni.createFrom().voidItem();
        };
    }

    /** A report that is refused fails, and ends among the dead letters with the reason: nobody waits for an answer. */
    private Uni<Void> report(Work work, Changes changes, Envelope envelope, BlockerReported report) {
        Raise wish = new Raise(
                report.blocker() == null ? envelope.id().toString() : Check.id("blocker", report.blocker()),
                report.swarm(),
                Check.givenId("session", report.session()),
                Check.id("task", report.task()),
                Check.givenText("description", report.description(), Bodies.DESCRIPTION),
                Bodies.needs("domains", report.domains()),
                Bodies.needs("tools", report.tools()),
                report.severity() == null ? Severity.MEDIUM : report.severity(),
                envelope.trace());
        return calls.needs(work.connection(), wish.task(), wish.swarm())
                .invoke(needs -> Answers.mustExist(wish.task(), needs))
                .chain(() -> calls.raise(work, changes, List.of(wish)))
                .invoke(raised -> {
                    if (!(raised.getFirst() instanceof Answer.Done)) {
                        throw Answers.refusal(raised.getFirst());
                    }
                })
                .replaceWithVoid();
    }
}
