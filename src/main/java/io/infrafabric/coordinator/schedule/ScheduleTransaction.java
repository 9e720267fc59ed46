package io.infrafabric.coordinator.schedule;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Canonical;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.CoordinatorAnswers;
import io.infrafabric.coordinator.CoordinatorBodies.TaskBody;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.schedule.Schedule.Last;
import io.infrafabric.coordinator.schedule.Schedule.Overlap;
import io.infrafabric.coordinator.schedule.Schedule.Wish;
import io.infrafabric.coordinator.task.NewTaskTable;
import io.infrafabric.coordinator.task.Submission.Answer;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Submission.Submit;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.transaction.OperateTransaction;
import io.infrafabric.coordinator.transaction.Operation;
import io.infrafabric.coordinator.transaction.SubmitTransaction;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * What operators do with schedules, and what a schedule does when its time comes: it makes its tasks, notes when it fires next,
 * and writes the due row for that, in one transaction.
 */
@ApplicationScoped
public class ScheduleTransaction {

    /** What putting a schedule came to. */
    public sealed interface Put {
        /** It is there, as it was wished for. */
        record Done(Schedule schedule) implements Put {}

        /** The name is that of a schedule in a swarm that the caller does not reach. */
        record Taken(String name) implements Put {}
    }

    private final Commands commands;
    private final ScheduleTable schedules;
    private final SubmitTransaction submits;
    private final OperateTransaction operations;
    private final ObjectMapper json;
    private final Canonical canonical;
    private final CoordinatorConfig config;

    ScheduleTransaction(
            Commands commands,
            ScheduleTable schedules,
            SubmitTransaction submits,
            OperateTransaction operations,
            ObjectMapper json,
            CoordinatorConfig config) {
        this.commands = commands;
        this.schedules = schedules;
        this.submits = submits;
        this.operations = operations;
        this.json = json;
        this.canonical = new Canonical(json);
        this.config = config;
    }

    /** Makes the schedule, or replaces what it says. */
    public Uni<Reply<Put>> put(Wish wish, Caller caller, Keep<Put> keep) {
        return commands.alone(
                keep,
                work -> locked(work, wish.name()).chain(found -> {
                    Schedule old = found.schedule();
                    if (old != null && !caller.reaches(old.swarm())) {
                        work.nothingWritten();
                        return Uni.createFrom().item(new Put.Taken(wish.name()));
                    }
                    Instant next = next(wish, old, found.now());
                    Uni<Schedule> put = old == null
                            ? schedules.add(work, wish, next, caller.by())
                            : schedules.change(work, wish, next, caller.by());
                    return put.map(schedule -> {
                        if (schedule == null) {
                            throw new RunAgain("another transaction added a schedule with that name");
                        }
                        return new Put.Done(schedule);
                    });
                }));
    }

    /** A firing that is due and not yet made stays due, unless the times change. */
    private static Instant next(Wish wish, Schedule old, Instant now) {
        if (wish.paused()) {
            return null;
        }
        boolean same =
                old != null && old.cron().equals(wish.cron()) && old.zone().equals(wish.zone());
        return same && old.nextAt() != null ? old.nextAt() : wish.firings().next(now);
    }

    /** Removes the schedule; whether it was there. Its tasks stay. */
    public Uni<Reply<Boolean>> remove(String name, String swarm, Keep<Boolean> keep) {
        return commands.alone(keep, work -> schedules.remove(work, name, swarm));
    }

    /**
     * Makes a task of the schedule now, whatever its times are and whether or not it is paused; {@code null} if there is no
     * such schedule. An unfinished task stands in the way of nothing; with {@code REPLACE} it is cancelled.
     */
    public Uni<Reply<Answer>> run(String name, String swarm, Keep<Answer> keep) {
        return commands.alone(
                keep,
                work -> locked(work, name).chain(found -> {
                    Schedule schedule = found.schedule();
                    if (schedule == null || !schedule.swarm().equals(swarm)) {
                        work.nothingWritten();
                        return Uni.createFrom().nullItem();
                    }
                    String id = Schedule.runId(name, found.now());
                    return submits.submit(work, submit(schedule, id, null)).chain(answer -> {
                        if (!(answer instanceof Answer.Accepted)) {
                            work.nothingWritten();
                            return Uni.createFrom().item(answer);
                        }
                        Last last = Last.made(found.now(), id, 0);
                        schedules.fired(work, name, last, id, schedule.nextAt());
                        return unfinished(work, schedule)
                                .chain(before -> replace(work, schedule, before, id))
                                .replaceWith(answer);
                    });
                }));
    }

    /** The time of a schedule has come; it is under lock. A firing that is refused is told of, and the next one follows. */
    public Uni<Void> fire(Work work, String name) {
        return locked(work, name).chain(found -> {
            Schedule schedule = found.schedule();
            if (schedule == null || schedule.nextAt() == null) {
                return Uni.createFrom().voidItem();
            }
            if (schedule.nextAt().isAfter(found.now())) {
                schedules.fireAt(work, name, schedule.nextAt());
                return Uni.createFrom().voidItem();
            }
            CatchUp due = CatchUp.decide(
                    schedule.firings(),
                    schedule.missed(),
                    schedule.nextAt(),
                    found.now(),
                    config.scheduleLateAfter(),
                    config.scheduleMaxMissed());
            return fire(work, schedule, due);
        });
    }

    private Uni<Void> fire(Work work, Schedule schedule, CatchUp due) {
        String name = schedule.name();
        if (due.made().isEmpty()) {
            Last last = Last.skipped(due.latest(), "It was missed, and so were others before it.", due.leftOut() - 1);
            schedules.fired(work, name, last, null, due.next());
            return Uni.createFrom().voidItem();
        }
        return unfinished(work, schedule).chain(before -> {
            if (before != null && schedule.overlap() == Overlap.SKIP) {
                String why = "Task " + before.id() + ", made before it, is " + before.state() + ".";
                Last last = Last.skipped(due.latest(), why, due.leftOut());
                schedules.fired(work, name, last, null, due.next());
                return Uni.createFrom().voidItem();
            }
            return make(work, schedule, due).chain(made -> {
                schedules.fired(work, name, made.last(), made.newest(), due.next());
                return made.newest() == null
                        ? Uni.createFrom().voidItem()
                        : replace(work, schedule, before, made.newest());
            });
        });
    }

    /** @param newest the newest of the tasks that were made, {@code null} for none */
    private record Made(Last last, String newest) {}

    /** One after the other, so that one that is refused stands in no other's way. */
    private Uni<Made> make(Work work, Schedule schedule, CatchUp due) {
        Uni<Made> made = Uni.createFrom().item(new Made(null, null));
        for (Instant firing : due.made()) {
            made = made.chain(before -> make(work, schedule, firing, due.leftOut())
                    .map(last -> new Made(last, last.task() == null ? before.newest() : last.task())));
        }
        return made;
    }

    private Uni<Last> make(Work work, Schedule schedule, Instant firing, int leftOut) {
        String id = Schedule.taskId(schedule.name(), firing);
        Submit submit;
        try {
            submit = submit(schedule, id, firing);
        } catch (Problem refused) {
            return Uni.createFrom().item(Last.skipped(firing, refused.getMessage(), leftOut));
        }
        return submits.submit(work, submit).map(answer -> switch (answer) {
            case Answer.Accepted _ -> Last.made(firing, id, leftOut);
            case Answer.Exists _ ->
                new Last(firing, id, false, CoordinatorAnswers.refusal(answer).getMessage(), leftOut);
            case Answer.UnknownSwarm _,
                    Answer.Taken _,
                    Answer.OverQuota _,
                    Answer.Twice _,
                    Answer.UnknownDependency _,
                    Answer.UnknownBasis _,
                    Answer.Cycle _,
                    Answer.UnknownModule _,
                    Answer.Expired _,
                    Answer.UnknownAssignee _,
                    Answer.AssigneeLacks _ ->
                Last.skipped(firing, CoordinatorAnswers.refusal(answer).getMessage(), leftOut);
        });
    }

    private Submit submit(Schedule schedule, String id, Instant notBefore) {
        TaskBody body = body(schedule.task());
        NewTask task = body.check("task.", id, canonical.hash(body), id, config);
        return new Submit(
                Schedule.by(schedule.name()),
                List.of(new NewTask(
                        task.specification(),
                        task.dependsOn(),
                        task.basis(),
                        notBefore,
                        task.traceToken(),
                        task.bodyHash())),
                false);
    }

    private TaskBody body(String task) {
        try {
            return json.readValue(task, TaskBody.class);
        } catch (JsonProcessingException e) {
            throw Problem.badInput("task", "the body of a submit");
        }
    }

    /** The newest task of the schedule, unless it is over or nobody minds it. */
    private static Uni<Task> unfinished(Work work, Schedule schedule) {
        if (schedule.newest() == null || schedule.overlap() == Overlap.QUEUE) {
            return Uni.createFrom().nullItem();
        }
        return NewTaskTable.existing(work.connection(), Set.of(schedule.newest()))
                .map(found -> found.get(schedule.newest()))
                .map(task -> task == null || task.state().isOver() ? null : task);
    }

    private Uni<Void> replace(Work work, Schedule schedule, Task before, String by) {
        if (before == null
                || schedule.overlap() != Overlap.REPLACE
                || before.id().equals(by)) {
            return Uni.createFrom().voidItem();
        }
        // Should it be over by now, nothing is left to do.
        return operations
                .operate(
                        work,
                        new Operation.Cancel(
                                before.id(), Schedule.by(schedule.name()), "Replaced by " + by + ".", false))
                .replaceWithVoid();
    }

    private record Found(Schedule schedule, Instant now) {}

    private static Uni<Found> locked(Work work, String name) {
        return work.inOrder(ScheduleTable.lock(work, List.of(name)).take(), Rows.now(work.connection()))
                .with((found, now) -> new Found(found.isEmpty() ? null : found.getFirst(), now));
    }
}
