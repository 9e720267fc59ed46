package io.infrafabric.coordinator;

import io.infrafabric.budget.Purses;
import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.FailureKind;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Reactions.Then;
import io.infrafabric.bus.Schema;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.bulk.BulkTransaction;
import io.infrafabric.coordinator.schedule.ScheduleTable;
import io.infrafabric.coordinator.schedule.ScheduleTransaction;
import io.infrafabric.coordinator.session.ProgressTable;
import io.infrafabric.coordinator.task.BasisTable;
import io.infrafabric.coordinator.task.BasisTable.Resting;
import io.infrafabric.coordinator.task.DormantTable;
import io.infrafabric.coordinator.task.FanOut;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Submission;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Submission.Submit;
import io.infrafabric.coordinator.task.Task.Dispatch;
import io.infrafabric.coordinator.task.Task.Limits;
import io.infrafabric.coordinator.task.Task.Requirements;
import io.infrafabric.coordinator.task.Task.Specification;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.coordinator.transaction.CheckTransaction;
import io.infrafabric.coordinator.transaction.DepartureTransaction;
import io.infrafabric.coordinator.transaction.KeyTransaction;
import io.infrafabric.coordinator.transaction.LeaseTransaction;
import io.infrafabric.coordinator.transaction.OperateTransaction;
import io.infrafabric.coordinator.transaction.ShortageTransaction;
import io.infrafabric.coordinator.transaction.StallTransaction;
import io.infrafabric.coordinator.transaction.StoppedTransaction;
import io.infrafabric.coordinator.transaction.SubmitTransaction;
import io.infrafabric.coordinator.transaction.TaskRulingTransaction;
import io.infrafabric.event.BudgetEvent.BreakerClosed;
import io.infrafabric.event.BudgetEvent.BreakerOpened;
import io.infrafabric.event.BudgetEvent.BudgetWarned;
import io.infrafabric.event.BudgetEvent.ProbeAllowed;
import io.infrafabric.event.ChassisEvent.CheckJudged;
import io.infrafabric.event.CoordinatorEvent.SessionLeft;
import io.infrafabric.event.CoordinatorEvent.SessionLost;
import io.infrafabric.event.CoordinatorEvent.TaskRequested;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.RelationEvent.ClaimDisputed;
import io.infrafabric.event.RelationEvent.ClaimSettled;
import io.infrafabric.input.Check;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What the coordinator does about events. */
@IfBuildProperty(name = "s2.build.coordinator.channel", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
public class CoordinatorFunction {

    @Produces
    static final Reactions<Batch, Then<Work>> HEARS = Reactions.<Batch, Work>underLock("coordinator")
            .on(SessionLost.class, Batch::lost)
            .on(SessionLeft.class, Batch::left)
            .on(TaskRequested.class, Batch::requested)
            .on(BudgetWarned.class, Batch::warned)
            .on(BreakerOpened.class, Batch::opened)
            .on(ProbeAllowed.class, Batch::probe)
            .on(BreakerClosed.class, Batch::closed)
            .on(CaseResolved.class, Batch::resolved)
            .on(CheckJudged.class, Batch::judged)
            .note(ClaimDisputed.class, Batch::disputed)
            .note(ClaimSettled.class, Batch::settled)
            .due(TaskTable.LEASE, Batch::lease)
            .due(TaskTable.CHECK, Batch::unanswered)
            .due("silence:", Batch::silence)
            .due(ProgressTable.LOOK, Batch::stall)
            .due("stopped:", Batch::stopped)
            .due(ScheduleTable.DUE, Batch::fire)
            .due(DormantTable.EXPIRE, Batch::expire)
            .noteDue(DormantTable.WAKE, Batch::wake)
            .due(BulkTransaction.DUE, Batch::bulk)
            .noteDue(TaskTable.OPEN, Batch::open)
            .noteDue(BasisTable.DUE, Batch::leftOver);

    private final Inbox inbox;
    private final LeaseTransaction leases;
    private final DepartureTransaction departures;
    private final StallTransaction stalls;
    private final StoppedTransaction stopped;
    private final SubmitTransaction submits;
    private final OperateTransaction operations;
    private final ScheduleTransaction schedules;
    private final TaskRulingTransaction resolutions;
    private final CheckTransaction checks;
    private final BasisTable bases;
    private final ShortageTransaction shortages;
    private final BulkTransaction bulks;
    private final TaskTable tasks;
    private final KeyTransaction keys;
    private final CoordinatorConfig config;

    public CoordinatorFunction(
            Inbox inbox,
            LeaseTransaction leases,
            DepartureTransaction departures,
            StallTransaction stalls,
            StoppedTransaction stopped,
            SubmitTransaction submits,
            OperateTransaction operations,
            ScheduleTransaction schedules,
            TaskRulingTransaction resolutions,
            CheckTransaction checks,
            BasisTable bases,
            ShortageTransaction shortages,
            BulkTransaction bulks,
            TaskTable tasks,
            KeyTransaction keys,
            CoordinatorConfig config) {
        this.inbox = inbox;
        this.leases = leases;
        this.departures = departures;
        this.stalls = stalls;
        this.stopped = stopped;
        this.submits = submits;
        this.operations = operations;
        this.schedules = schedules;
        this.resolutions = resolutions;
        this.checks = checks;
        this.bases = bases;
        this.shortages = shortages;
        this.bulks = bulks;
        this.tasks = tasks;
        this.keys = keys;
        this.config = config;
    }

    @Incoming("coordinator")
    public Uni<Void> on(EventBatch batch) {
        Uni<Void> taken = Uni.createFrom().voidItem();
        // A batch of an order takes its locks from the first step on, so it shares its transaction with nothing.
        for (EventBatch one : batch.apart(BulkTransaction.DUE)) {
            taken = taken.chain(() -> inbox.takeTogether(one, this::react));
        }
        return taken;
    }

    /** Looks for what nobody can do. */
    @Scheduled(
            every = "${s2.coordinator.nobody-can-look:5s}",
            concurrentExecution = ConcurrentExecution.SKIP,
            skipExecutionIf = Schema.Missing.class)
    Uni<Void> lookForShortages() {
        return shortages.look().onFailure(FailureKind::isAway).recoverWithNull();
    }

    /** Clears keys that say nothing any more. */
    @Scheduled(
            every = "${s2.coordinator.keys-tidy:60s}",
            concurrentExecution = ConcurrentExecution.SKIP,
            skipExecutionIf = Schema.Missing.class)
    Uni<Void> tidyKeys() {
        return keys.clear().onFailure(FailureKind::isAway).recoverWithNull();
    }

    private Uni<Void> react(Work work, List<Envelope> envelopes) {
        Batch batch = new Batch();
        List<Then<Work>> reactions = HEARS.tell(batch, envelopes);
        return batch.lockSchedules(work)
                .chain(() -> batch.lock(work))
                .chain(resting -> bases.turn(work, resting))
                .chain(() -> DormantTable.wake(work, batch.woken))
                .chain(() -> tasks.open(work, batch.fanOut))
                .chain(() -> Reactions.inTurn(reactions, work));
    }

    /**
     * What the deadlines and notices of one transaction concern. It is locked first, in the order that everybody uses.
     */
    final class Batch {
        private final Set<String> told = new TreeSet<>();
        private final List<ClaimDisputed> disputed = new ArrayList<>();
        private final List<ClaimSettled> settled = new ArrayList<>();
        private final List<String> expired = new ArrayList<>();
        private final List<String> silences = new ArrayList<>();
        private final List<String> leftOver = new ArrayList<>();
        private final Set<String> woken = new TreeSet<>();
        private final Set<String> ending = new TreeSet<>();
        private final Set<String> firing = new TreeSet<>();
        private final Set<String> done = new TreeSet<>();
        private FanOut fanOut = FanOut.NOTHING;

        Then<Work> lost(SessionLost lost) {
            return gone(lost.session(), lost.enrolment());
        }

        Then<Work> left(SessionLeft left) {
            return gone(left.session(), left.enrolment());
        }

        private Then<Work> gone(String session, long enrolment) {
            if (enrolment == 0) {
                told.add(session);
            }
            return work -> departures.went(work, session, enrolment);
        }

        Then<Work> requested(TaskRequested requested, Envelope envelope) {
            return work -> submit(work, envelope, requested);
        }

        Then<Work> warned(BudgetWarned warned) {
            tell(warned.account());
            return work -> stopped.warned(work, warned);
        }

        Then<Work> opened(BreakerOpened opened) {
            tell(opened.account());
            return work -> stopped.opened(work, opened);
        }

        Then<Work> probe(ProbeAllowed probe) {
            tell(probe.account());
            return work -> stopped.mayTry(work, probe.account(), probe.swarm());
        }

        Then<Work> closed(BreakerClosed closed) {
            tell(closed.account());
            return work -> stopped.closed(work, closed.account(), closed.swarm());
        }

        /** Notes the session of an account, if a session owns it. */
        private void tell(String account) {
            if (Purses.sessionOf(account) != null) {
                told.add(Purses.sessionOf(account));
            }
        }

        /** The task and its holder are locked as if its lease had run out. */
        Then<Work> judged(CheckJudged judged) {
            expired.add(judged.task());
            return work -> checks.judged(work, judged);
        }

        Then<Work> unanswered(String task) {
            expired.add(task);
            return work -> checks.unanswered(work, task);
        }

        Then<Work> resolved(CaseResolved resolved) {
            return work -> resolutions.resolved(work, resolved);
        }

        void disputed(ClaimDisputed now) {
            disputed.add(now);
        }

        void settled(ClaimSettled now) {
            settled.add(now);
        }

        Then<Work> lease(String task) {
            expired.add(task);
            return work -> leases.expire(work, task);
        }

        Then<Work> silence(String session) {
            silences.add(session);
            return work -> departures.silent(work, session);
        }

        Then<Work> stall(String session) {
            silences.add(session);
            return work -> stalls.look(work, session);
        }

        Then<Work> bulk(String turn) {
            return work -> bulks.carryOn(work, turn);
        }

        Then<Work> stopped(String session) {
            told.add(session);
            return work -> stopped.stillStopped(work, session);
        }

        Then<Work> expire(String task) {
            ending.add(task);
            return work -> operations.expire(work, task);
        }

        Then<Work> fire(String schedule) {
            firing.add(schedule);
            return work -> schedules.fire(work, schedule);
        }

        /** Before all else: what they make locks the rest. */
        Uni<Void> lockSchedules(Work work) {
            return firing.isEmpty()
                    ? Uni.createFrom().voidItem()
                    : ScheduleTable.lock(work, firing).take().replaceWithVoid();
        }

        void wake(String task) {
            woken.add(task);
        }

        /** Others wait for it, and are opened together. */
        void open(String task) {
            done.add(task);
        }

        /** It is turned together with everything that rests on claims. */
        void leftOver(String claim) {
            leftOver.add(claim);
        }

        /** Locks and gives what rests on claims that the events concern. */
        Uni<Resting> lock(Work work) {
            if (Stream.of(told, disputed, settled, expired, silences, leftOver, woken, ending, done)
                    .allMatch(Collection::isEmpty)) {
                return Uni.createFrom().item(Resting.NOTHING);
            }
            return bases.lock(work.connection(), disputed, settled, leftOver)
                    .then(resting -> Lock.none(tasks.fanOut(work.connection(), done)
                            .invoke(found -> fanOut = found)
                            .replaceWith(resting)))
                    .then(resting -> lockRows(work, resting))
                    .take();
        }

        /** Locks sessions, their accounts, and tasks. */
        private Lock<Locks.Sessions, Resting> lockRows(Work work, Resting resting) {
            told.addAll(resting.holders());
            Set<String> changing = new TreeSet<>(resting.tasks());
            changing.addAll(woken);
            changing.addAll(ending);
            changing.addAll(fanOut.dependants());
            return Lock.of(leases.lock(work, expired, silences, told, changing).replaceWith(resting));
        }
    }

    /** A refused request fails, and becomes a dead letter with the reason, because nobody waits for an answer. */
    private Uni<Void> submit(Work work, Envelope envelope, TaskRequested wish) {
        Specification specification = new Specification(
                wish.id() == null ? envelope.id().toString() : PathNames.taskId("id", wish.id()),
                Check.givenId("swarm", wish.swarm()),
                Check.givenText("title", wish.title(), 500),
                new Requirements(
                        CoordinatorBodies.or(Check.capabilities("domains", wish.domains()), List.of()),
                        CoordinatorBodies.or(Check.capabilities("tools", wish.tools()), List.of()),
                        List.of()),
                new Dispatch(
                        CoordinatorBodies.or(Check.oneOf("priority", wish.priority(), Priority.class), Priority.P2),
                        Check.money("estimatedCost", wish.estimatedCost()),
                        Check.id("assignee", wish.assignee()),
                        List.of(),
                        null),
                Map.of(),
                wish.payload(),
                new Limits(config.maxAttempts(), null, null),
                CheckBody.checker(wish.check()));
        NewTask task = new NewTask(
                specification,
                CoordinatorBodies.distinct(Check.ids("dependsOn", wish.dependsOn(), config.maxDependencies())),
                CoordinatorBodies.distinct(Check.ids("basis", wish.basis(), config.maxBasis())),
                null,
                envelope.trace().token(),
                envelope.id().toString());
        return submits.submit(work, new Submit(envelope.source(), List.of(task), false))
                .invoke(answer -> {
                    if (!(answer instanceof Submission.Answer.Accepted)) {
                        throw CoordinatorAnswers.refusal(answer);
                    }
                })
                .replaceWithVoid();
    }
}
