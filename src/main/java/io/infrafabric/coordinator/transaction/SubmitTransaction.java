package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Work;
import io.infrafabric.chassis.Modules;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.command.Pipeline;
import io.infrafabric.command.Quota;
import io.infrafabric.coordinator.claim.Claiming;
import io.infrafabric.coordinator.claim.ConcurrencyTable;
import io.infrafabric.coordinator.claim.FairnessTable;
import io.infrafabric.coordinator.claim.PickupTable;
import io.infrafabric.coordinator.claim.WaitingRoom.Loan;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.BasisTable;
import io.infrafabric.coordinator.task.Checker;
import io.infrafabric.coordinator.task.NewTaskTable;
import io.infrafabric.coordinator.task.QuotaTable;
import io.infrafabric.coordinator.task.StrandedTable;
import io.infrafabric.coordinator.task.Submission;
import io.infrafabric.coordinator.task.Submission.Answer;
import io.infrafabric.coordinator.task.Submission.Decision;
import io.infrafabric.coordinator.task.Submission.Known;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Submission.Placed;
import io.infrafabric.coordinator.task.Submission.Submit;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.event.CoordinatorEvent.TaskSubmitted;
import io.infrafabric.event.Trace;
import io.infrafabric.relation.StatedClaims;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/** Adds tasks. Concurrent single submits are committed together. */
@ApplicationScoped
public class SubmitTransaction {
    private final Commands commands;
    private final SessionTable sessions;
    private final SessionInbox inboxes;
    private final ClaimTransaction claims;
    private final PickupTable pickups;
    private final QuotaTable usage;
    private final NewTaskTable adds;
    private final StatedClaims stated;
    private final Modules modules;
    private final Pipeline<Submit, Answer> singles;

    public SubmitTransaction(
            Commands commands,
            SessionTable sessions,
            SessionInbox inboxes,
            ClaimTransaction claims,
            PickupTable pickups,
            QuotaTable usage,
            NewTaskTable adds,
            StatedClaims stated,
            Modules modules,
            Commits commits) {
        this.commands = commands;
        this.sessions = sessions;
        this.inboxes = inboxes;
        this.claims = claims;
        this.pickups = pickups;
        this.usage = usage;
        this.adds = adds;
        this.stated = stated;
        this.modules = modules;
        this.singles =
                commits.around("submit", submit -> submit.tasks().getFirst().id(), this::commit);
    }

    /** Adds the tasks of one command, all or none. */
    public Uni<Reply<Answer>> submit(Submit command, Keep<Answer> keep) {
        return command.tasks().size() == 1
                ? singles.submit(command, keep)
                : commands.alone(
                        keep, work -> decideAlone(work, List.of(command)).map(List::getFirst));
    }

    /** The same in a transaction under way (for tasks requested over the channel). */
    public Uni<Answer> submit(Work work, Submit command) {
        return decide(work, List.of(command)).map(List::getFirst);
    }

    private Uni<List<Reply<Answer>>> commit(List<Asked<Submit, Answer>> batch) {
        if (!batch.stream().allMatch(asked -> only(asked.command()).standsAlone())) {
            return commands.carryOut(batch, this::decideAlone);
        }
        Loan waiting = claims.room()
                .lend(batch.stream()
                        .collect(Collectors.toMap(asked -> only(asked.command()).swarm(), asked -> 1, Integer::sum)));
        AtomicReference<List<Reply<Claiming.Answer>>> given = new AtomicReference<>();
        return commands.<Submit, Answer>carryOut(batch, (work, fresh) -> add(work, fresh, waiting, given))
                .onItem()
                .invoke(done -> waiting.giveBack(given.get()))
                .onFailure()
                .invoke(() -> waiting.giveBack(null));
    }

    private static NewTask only(Submit submit) {
        return submit.tasks().getFirst();
    }

    /** Adds tasks that stand alone. One task for one waiting claim usually needs only {@link PickupTable}. */
    private Uni<List<Answer>> add(
            Work work, List<Submit> commands, Loan waiting, AtomicReference<List<Reply<Claiming.Answer>>> given) {
        ready(work, commands);
        if (commands.size() != 1
                || waiting.claims().size() != 1
                || waiting.claims().getFirst().key() != null) {
            return addAll(work, commands, waiting, given);
        }
        Submit command = commands.getFirst();
        return pickups.pickup(
                        work,
                        only(command),
                        command.by(),
                        waiting.claims().getFirst().command())
                .chain(pickup -> {
                    if (pickup == null) {
                        return addAll(work, commands, waiting, given);
                    }
                    given.set(List.of(new Reply.Now<>(
                            new Claiming.Answer.Granted(pickup.claimed(), pickup.hold(), pickup.holding()))));
                    tell(work, pickup.submitted());
                    ClaimTransaction.tell(work, pickup.claimed());
                    return Uni.createFrom()
                            .item(List.of(new Answer.Accepted(List.of(pickup.submitted()), true, command.batch())));
                });
    }

    /**
     * Adds tasks that stand alone, with one statement that decides by itself, and gives them to waiting claims, in one
     * commit. Looks for reasons only for tasks that it did not add.
     */
    private Uni<List<Answer>> addAll(
            Work work, List<Submit> commands, Loan waiting, AtomicReference<List<Reply<Claiming.Answer>>> given) {
        List<Placed> placed =
                commands.stream().map(submit -> Placed.alone(only(submit))).toList();
        List<String> by = commands.stream().map(Submit::by).toList();
        Uni<Map<String, Task>> added = adds.add(work, placed, by, commands)
                .invoke(tasks -> tasks.values().forEach(task -> tell(work, task)))
                .memoize()
                .indefinitely();
        Uni<Set<String>> taken = waiting.claims().isEmpty()
                ? added.replaceWith(Set.of())
                : claims.claim(work, waiting.claims(), Lock.of(added))
                        .invoke(given::set)
                        .map(SubmitTransaction::granted);
        return work.inOrder(taken, added).asTuple().chain(both -> {
            Map<String, Task> tasks = both.getItem2();
            tasks.values().stream()
                    .filter(task -> !both.getItem1().contains(task.id()))
                    .forEach(task -> TaskTable.ringFor(work, task));
            List<Submit> others = commands.stream()
                    .filter(submit -> !tasks.containsKey(only(submit).id()))
                    .toList();
            Uni<Iterator<Answer>> why = others.isEmpty()
                    ? Uni.createFrom().item(Collections.emptyIterator())
                    : decideAlone(work, others).map(List::iterator);
            return why.map(answers -> commands.stream()
                    .map(submit -> tasks.containsKey(only(submit).id())
                            ? new Answer.Accepted(List.of(tasks.get(only(submit).id())), true, submit.batch())
                            : answers.next())
                    .toList());
        });
    }

    private static Set<String> granted(List<Reply<Claiming.Answer>> replies) {
        return replies.stream()
                .map(reply -> Claiming.Answer.granted(reply.now()))
                .filter(Objects::nonNull)
                .map(Task::id)
                .collect(Collectors.toSet());
    }

    /** Makes what those lock who give out the tasks; before all else that others may wait for. */
    private static List<NewTask> ready(Work work, List<Submit> commands) {
        List<NewTask> tasks =
                commands.stream().flatMap(submit -> submit.tasks().stream()).toList();
        ConcurrencyTable.make(work, tasks);
        FairnessTable.make(work, tasks);
        return tasks;
    }

    /** The same for commands that are all that the transaction is about. */
    private Uni<List<Answer>> decideAlone(Work work, List<Submit> commands) {
        return decide(work, commands).invoke(answers -> {
            if (answers.stream().noneMatch(Answer.Accepted.class::isInstance)) {
                work.nothingWritten();
            }
        });
    }

    private Uni<List<Answer>> decide(Work work, List<Submit> commands) {
        List<NewTask> tasks = ready(work, commands);
        return work.inOrder(usage.room(work, commands), read(work, tasks))
                .asTuple()
                .chain(both -> write(
                        work,
                        both.getItem2().basis(),
                        commands,
                        commands.stream()
                                .map(submit -> within(
                                        both.getItem1(),
                                        submit,
                                        Submission.decide(
                                                submit, both.getItem2().known())))
                                .toList()));
    }

    private Decision within(Quota.Room room, Submit submit, Decision decision) {
        if (!(decision instanceof Decision.Accept accept) || accept.fresh().isEmpty()) {
            return decision;
        }
        Quota.Exceeded exceeded =
                room.take(usage.waiting(submit), accept.fresh().size());
        if (exceeded == null) {
            return decision;
        }
        usage.refused(exceeded);
        return new Decision.Refuse(new Answer.OverQuota(exceeded));
    }

    /** @param basis the proof that the claims of all bases stay unchanged */
    private record Read(Known known, BasisTable.Shared basis) {}

    private Uni<Read> read(Work work, List<NewTask> tasks) {
        SqlConnection connection = work.connection();
        Set<String> swarms = new HashSet<>();
        Set<String> ids = new HashSet<>();
        Set<String> dependencies = new HashSet<>();
        Set<String> assignees = new HashSet<>();
        Set<String> claims = new HashSet<>();
        for (NewTask task : tasks) {
            swarms.add(task.swarm());
            ids.add(task.id());
            dependencies.addAll(task.dependsOn());
            claims.addAll(task.basis());
            if (task.assignee() != null) {
                assignees.add(task.assignee());
            }
        }
        Uni<Instant> time = tasks.stream().anyMatch(task -> task.expiresAt() != null)
                ? Rows.now(connection)
                : Uni.createFrom().item(Instant.EPOCH);
        // Assignees are locked, because they may get a notice about a task.
        Uni<Map<Checker, String>> versions = pinned(work, tasks);
        return versions.chain(pinned -> time.chain(now -> BasisTable.share(connection, claims)
                .take()
                .chain(shared -> work.inOrder(
                                sessions.lock(work, assignees),
                                Lock.none(NewTaskTable.swarms(connection, swarms)),
                                Lock.none(NewTaskTable.existing(connection, ids)),
                                NewTaskTable.dependencies(connection, dependencies),
                                Lock.none(stated.swarms(connection, claims)))
                        .with((locked, known, own, others, bases) -> {
                            Map<String, Task> all = new HashMap<>(others);
                            all.putAll(own);
                            return new Read(
                                    new Known(known, all, locked.sessions(), shared.disputed(), bases, pinned, now),
                                    shared);
                        }))));
    }

    /** The versions of checkers. They stay until the transaction has ended, and after it if a task is pinned to them. */
    private Uni<Map<Checker, String>> pinned(Work work, List<NewTask> tasks) {
        Map<Checker, String> versions = new HashMap<>(0);
        Uni<Void> found = Uni.createFrom().voidItem();
        for (Checker wish : tasks.stream()
                .map(NewTask::check)
                .filter(Objects::nonNull)
                .collect(Collectors.toCollection(LinkedHashSet::new))) {
            found = found.chain(() -> modules.pin(work, wish.module(), Optional.ofNullable(wish.sha256())))
                    .invoke(version -> version.ifPresent(sha256 -> versions.put(wish, sha256)))
                    .replaceWithVoid();
        }
        return found.replaceWith(versions);
    }

    private Uni<List<Answer>> write(
            Work work, BasisTable.Shared basis, List<Submit> commands, List<Decision> decisions) {
        List<Placed> placed = new ArrayList<>();
        List<String> by = new ArrayList<>();
        for (int i = 0; i < decisions.size(); i++) {
            if (decisions.get(i) instanceof Decision.Accept accept) {
                placed.addAll(accept.fresh());
                String who = commands.get(i).by();
                accept.fresh().forEach(ignored -> by.add(who));
            }
        }
        Uni<Map<String, Task>> written =
                placed.isEmpty() ? Uni.createFrom().item(Map.of()) : writeAll(work, basis, placed, by);
        return written.map(fresh -> {
            List<Answer> told = new ArrayList<>(decisions.size());
            for (int i = 0; i < decisions.size(); i++) {
                told.add(
                        switch (decisions.get(i)) {
                            case Decision.Refuse refuse -> refuse.answer();
                            case Decision.Accept accept ->
                                new Answer.Accepted(
                                        inOrder(commands.get(i), accept, fresh),
                                        !accept.fresh().isEmpty(),
                                        commands.get(i).batch());
                        });
            }
            return told;
        });
    }

    private static List<Task> inOrder(Submit submit, Decision.Accept accept, Map<String, Task> fresh) {
        return submit.tasks().stream()
                .map(task -> {
                    Task there = accept.existing().get(task.id());
                    return there != null
                            ? there
                            : fresh.get(task.id())
                                    .with(emptyToNull(task.dependsOn()), emptyToNull(task.basis()), null, null);
                })
                .toList();
    }

    private static List<String> emptyToNull(List<String> list) {
        return list.isEmpty() ? null : list;
    }

    private Uni<Map<String, Task>> writeAll(Work work, BasisTable.Shared basis, List<Placed> placed, List<String> by) {
        List<String[]> edges = placed.stream()
                .flatMap(p -> p.task().dependsOn().stream().distinct().map(dependency ->
                        new String[] {p.task().id(), dependency}))
                .toList();
        List<SessionInbox.Notice> notices = placed.stream()
                .map(Placed::task)
                .filter(task -> task.assignee() != null)
                .map(task -> SessionInbox.Notice.about("taskAssigned", task.assignee(), "task:" + task.id()))
                .toList();
        return adds.add(work, placed, by, List.of()).chain(tasks -> {
            if (tasks.size() != placed.size()) {
                throw new RunAgain("another transaction added a task with that id");
            }
            tasks.values().forEach(task -> {
                tell(work, task);
                if (task.state() == State.QUEUED) {
                    TaskTable.ringFor(work, task);
                }
            });
            if (!edges.isEmpty()) {
                NewTaskTable.link(work, edges);
            }
            BasisTable.write(work, basis, placed);
            Set<String> hopeless = new TreeSet<>();
            placed.forEach(p -> hopeless.addAll(p.hopeless()));
            return inboxes.tell(work, notices)
                    .chain(() -> StrandedTable.tell(work, hopeless))
                    .replaceWith(tasks);
        });
    }

    private static void tell(Work work, Task task) {
        work.emit(
                new TaskSubmitted(
                        task.id(),
                        task.swarm(),
                        task.state().name(),
                        task.priority().name(),
                        task.assignee(),
                        task.version()),
                new Trace(null, task.traceToken()));
    }
}
