package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.budget.LeaseEnd;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.command.Pipeline;
import io.infrafabric.coordinator.claim.CheckTable;
import io.infrafabric.coordinator.claim.Ending;
import io.infrafabric.coordinator.claim.Ending.Answer;
import io.infrafabric.coordinator.claim.Ending.Decision;
import io.infrafabric.coordinator.claim.HandedIn;
import io.infrafabric.coordinator.claim.LeaseTable;
import io.infrafabric.coordinator.claim.LeaseTable.Lease;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.AssignmentTable;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Change.What;
import io.infrafabric.coordinator.task.Step;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import io.infrafabric.coordinator.task.TaskTable;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Renews and ends leases: by their holder, by time, or with their session. */
@ApplicationScoped
public class LeaseTransaction {
    private final Commands commands;
    private final TaskTable tasks;
    private final SessionTable sessions;
    private final ClaimHolds holds;
    private final SessionInbox inboxes;
    private final LeaseTable leases;
    private final CheckTable checks;
    private final Pipeline<Ending, Answer> endings;

    public LeaseTransaction(
            Commands commands,
            TaskTable tasks,
            SessionTable sessions,
            ClaimHolds holds,
            SessionInbox inboxes,
            LeaseTable leases,
            CheckTable checks,
            Commits commits) {
        this.commands = commands;
        this.tasks = tasks;
        this.sessions = sessions;
        this.holds = holds;
        this.inboxes = inboxes;
        this.leases = leases;
        this.checks = checks;
        this.endings = commits.of("end", Ending::task, this::decide);
    }

    /** Ends a claim for its holder. */
    public Uni<Reply<Answer>> end(Ending command, Keep<Answer> keep) {
        return endings.submit(command, keep);
    }

    /** Sent at once: holds are read under the lock of the callers' accounts, dependants under that of the tasks. */
    private Uni<List<Answer>> decide(Work work, List<Ending> batch) {
        List<String> ids = batch.stream().map(Ending::task).toList();
        List<String> completed = batch.stream()
                .filter(Ending.Complete.class::isInstance)
                .map(Ending::task)
                .toList();
        return work.inOrder(
                        holds.lockLeases(
                                work,
                                batch.stream().map(LeaseTransaction::leaseOf).toList()),
                        tasks.lock(work, ids),
                        Lock.none(tasks.dependants(work.connection(), completed)))
                .asTuple()
                .chain(read -> CheckTable.handedIn(work, checked(batch, read.getItem2()))
                        .chain(known -> decide(work, batch, read.getItem1(), read.getItem2(), read.getItem3(), known)));
    }

    /** The results that checkers must accept. */
    private static List<HandedIn.Key> checked(List<Ending> batch, TaskTable.Locked locked) {
        return batch.stream()
                .filter(Ending.Complete.class::isInstance)
                .map(Ending.Complete.class::cast)
                .filter(complete -> {
                    Task task = locked.tasks().get(complete.task());
                    return task != null && task.specification().check() != null;
                })
                .map(HandedIn.Key::of)
                .toList();
    }

    private static ClaimHolds.Lease leaseOf(Ending command) {
        return new ClaimHolds.Lease(command.session(), command.task(), command.epoch());
    }

    private Uni<List<Answer>> decide(
            Work work,
            List<Ending> batch,
            ClaimHolds.Standing standing,
            TaskTable.Locked locked,
            Map<String, List<String>> dependants,
            Map<HandedIn.Key, HandedIn> known) {
        List<Change> changes = new ArrayList<>();
        Map<HandedIn.Key, Ending.Complete> handedIn = new HashMap<>(0);
        List<Ending> past = new ArrayList<>();
        Map<String, Answer> told = new HashMap<>();
        for (Ending command : batch) {
            Task task = locked.tasks().get(command.task());
            if (!command.mayKnow(task)) {
                told.put(command.task(), new Answer.UnknownTask());
                continue;
            }
            switch (Ending.decide(task, command, known, locked.now(), tasks.backoff())) {
                case Decision.Ends ends -> {
                    changes.add(ends.change());
                    told.put(command.task(), new Answer.Ended(ends.change().after(), null));
                }
                case Decision.HandsIn(Change change, HandedIn.Key key) -> {
                    changes.add(change);
                    handedIn.put(key, (Ending.Complete) command);
                    told.put(command.task(), new Answer.Checked(change.after(), null));
                }
                case Decision.Waits(HandedIn same) ->
                    told.put(command.task(), new Answer.Checked(task, same.cost() == null ? null : true));
                case Decision.Refused(HandedIn same) -> told.put(command.task(), new Answer.Refused(same, null));
                case Decision.Busy _ -> told.put(command.task(), new Answer.Busy());
                case Decision.NotHolder ignored -> told.put(command.task(), new Answer.NotHolder());
                case Decision.Past ignored -> past.add(command);
            }
        }
        Uni<Void> written = tasks.apply(work, locked, changes, dependants);
        if (!handedIn.isEmpty()) {
            written = written.chain(() -> checks.begin(work, locked, handedIn));
        }
        return work.inOrder(written, TaskTable.endings(work.connection(), past)).with((ignored, steps) -> {
            past.forEach(command -> told.put(command.task(), past(locked, command, steps, known)));
            Set<String> recorded = book(work, standing, ends(changes, handedIn), past, steps);
            return batch.stream()
                    .map(command ->
                            Ending.withCost(told.get(command.task()), command, recorded.contains(command.task())))
                    .toList();
        });
    }

    /** Ends the holds. Gives the tasks whose reported cost is on the ledger. */
    private Set<String> book(
            Work work, ClaimHolds.Standing standing, Stream<LeaseEnd> now, List<Ending> past, Map<String, Step> steps) {
        List<LeaseEnd> ends = Stream.concat(
                        now, past.stream().map(command -> Ending.late(command, step(steps, command))))
                .filter(Objects::nonNull)
                .toList();
        return holds.end(work, standing, ends).stream()
                .filter(ClaimHolds.Ended::recorded)
                .map(ClaimHolds.Ended::task)
                .collect(Collectors.toSet());
    }

    /** What becomes of claims for their holds: they end, or go on after a result was handed in. */
    private static Stream<LeaseEnd> ends(List<Change> changes, Map<HandedIn.Key, Ending.Complete> handedIn) {
        return Stream.concat(
                changes.stream().filter(Change::endedClaim).map(Change::leaseEnd),
                handedIn.values().stream()
                        .map(complete -> new LeaseEnd.HandedIn(
                                complete.session(), complete.task(), complete.epoch(), complete.cost())));
    }

    private static Step step(Map<String, Step> steps, Ending command) {
        return steps.get(command.task() + "@" + command.epoch());
    }

    private static Answer past(
            TaskTable.Locked locked, Ending command, Map<String, Step> steps, Map<HandedIn.Key, HandedIn> known) {
        HandedIn same = known.isEmpty() || !(command instanceof Ending.Complete complete)
                ? null
                : known.get(HandedIn.Key.of(complete));
        return Ending.past(locked.tasks().get(command.task()), command, step(steps, command), same);
    }

    /**
     * Why leases are no longer the session's, or {@code Checked} for those without an end, by task; tasks that do not exist in its swarm have
     * {@code UnknownTask}.
     */
    Uni<Map<String, Answer>> whyLost(Work work, String session, String swarm, List<Lease> asked) {
        if (asked.isEmpty()) {
            return Uni.createFrom().item(Map.of());
        }
        List<Ending> asEndings = asked.stream()
                .<Ending>map(lease -> new Ending.Release(lease.task(), session, swarm, lease.epoch()))
                .toList();
        return tasks.lock(work, asked.stream().map(Lease::task).toList())
                .take()
                .chain(locked -> TaskTable.endings(work.connection(), asEndings).map(steps -> {
                    Map<String, Answer> reasons = new HashMap<>();
                    for (Ending asking : asEndings) {
                        Task task = locked.tasks().get(asking.task());
                        reasons.put(
                                asking.task(),
                                asking.mayKnow(task)
                                        ? Ending.notRenewed(task, asking, step(steps, asking))
                                        : new Answer.UnknownTask());
                    }
                    return reasons;
                }));
    }

    /** The result of a renewal. */
    public sealed interface Renewal {
        /** The task with its lease from now on; without an end if its result is being checked. */
        record Renewed(Task task) implements Renewal {}

        /** The lease is no longer the session's. */
        record Lost(Answer why) implements Renewal {}
    }

    /** Renews one lease from now on. */
    public Uni<Reply<Renewal>> renew(String session, String swarm, Lease held, Duration lease, Keep<Renewal> keep) {
        return commands.alone(
                keep,
                work -> leases.renew(work, session, List.of(held), lease)
                        .chain(renewed -> renewed.isEmpty()
                                ? whyLost(work, session, swarm, List.of(held))
                                        .map(why -> why.get(held.task()) instanceof Answer.Checked(Task task, Boolean _)
                                                ? new Renewal.Renewed(task)
                                                : new Renewal.Lost(why.get(held.task())))
                                : Uni.createFrom().<Renewal>item(new Renewal.Renewed(renewed.getFirst()))));
    }

    /**
     * Locks what several deadlines and notices of one transaction concern: sessions, their accounts, and tasks.
     *
     * @param due tasks whose leases should end
     * @param silent sessions that fell silent
     * @param others sessions whose leases do not end
     * @param more other tasks that change
     */
    public Uni<Void> lock(Work work, List<String> due, List<String> silent, Set<String> others, Set<String> more) {
        return LeaseTable.holders(work, due)
                .map(holders -> {
                    Set<String> all = new TreeSet<>(silent);
                    all.addAll(others);
                    all.addAll(holders);
                    return all;
                })
                .chain(payers -> sessions.lock(work, payers)
                        .then(() -> holds.lock(work, payers))
                        .then(() -> Lock.none(AssignmentTable.heldOrFor(work, silent, due)))
                        .then(theirs -> {
                            Set<String> all = new TreeSet<>(more);
                            all.addAll(theirs);
                            return tasks.lock(work, all);
                        })
                        .take())
                .replaceWithVoid();
    }

    /**
     * A lease's end has come: ends it, unless it was renewed or is over. If another session holds the task by now, or
     * holds it for longer, it locks nothing, because some of the needed locks might come out of order.
     */
    public Uni<Void> expire(Work work, String id) {
        return LeaseTable.standing(work, id).chain(held -> {
            if (held == null) {
                return Uni.createFrom().voidItem();
            }
            if (!held.over()) {
                return leases.expect(work, Map.of(id, held.until()));
            }
            return sessions.lock(work, List.of(held.holder()))
                    .then(() -> holds.lock(work, List.of(held.holder())))
                    .then(() -> tasks.lock(work, List.of(id)))
                    .take()
                    .chain(locked -> expire(work, locked, id, held.holder()));
        });
    }

    private Uni<Void> expire(Work work, TaskTable.Locked locked, String id, String holder) {
        Task task = locked.tasks().get(id);
        if (task.state() != State.CLAIMED || !task.holder().equals(holder)) {
            return task.state() == State.CLAIMED
                    ? leases.expect(work, Map.of(id, task.leaseExpiresAt()))
                    : Uni.createFrom().voidItem();
        }
        if (task.leaseExpiresAt().isAfter(locked.now())) {
            return leases.expect(work, Map.of(id, task.leaseExpiresAt()));
        }
        Change change = Change.lost(task, What.LEASE_EXPIRED, locked.now(), tasks.backoff());
        return tasks.apply(work, locked, List.of(change))
                .chain(() -> inboxes.tell(work, List.of(told("leaseLost", change))));
    }

    static Notice told(String type, Change change) {
        return Notice.because(
                type,
                change.before().holder(),
                "task:" + change.before().id(),
                change.note() == null ? change.what().name() : change.note());
    }
}
