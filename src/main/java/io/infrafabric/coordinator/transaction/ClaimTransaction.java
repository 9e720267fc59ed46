package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.budget.ClaimHolds.LeaseHold;
import io.infrafabric.budget.Purses;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.command.Pipeline;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Claiming.Claimant;
import io.infrafabric.coordinator.claim.Claiming.Decision;
import io.infrafabric.coordinator.claim.FairTurns;
import io.infrafabric.coordinator.claim.FrontTable;
import io.infrafabric.coordinator.claim.GrantTable;
import io.infrafabric.coordinator.claim.LimitTable;
import io.infrafabric.coordinator.claim.QueueTable;
import io.infrafabric.coordinator.claim.QueueTable.Queue;
import io.infrafabric.coordinator.claim.WaitingRoom;
import io.infrafabric.coordinator.published.OtherQueues;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.event.CoordinatorEvent.TaskClaimed;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Grants leases, each with its hold in the same transaction. Concurrent claims are decided and committed together in
 * two round trips: the first reads everything that the decision needs, the second writes everything. A further look is
 * needed only for sessions that cannot pay for the first task in their queue.
 */
@ApplicationScoped
public class ClaimTransaction {
    /** How often a claim that found nothing is tried again at once while others are taking queued tasks. */
    private static final int RACES = 5;

    private final Commands commands;
    private final Pool pool;
    private final SessionTable sessions;
    private final ClaimHolds holds;
    private final QueueTable queue;
    private final OfferTransaction offers;
    private final TaskTable tasks;
    private final Due due;
    private final OtherQueues others;
    private final FrontTable fronts;
    private final Pipeline<Claim, Answer> claims;
    private final WaitingRoom room;

    public ClaimTransaction(
            Commands commands,
            Pool pool,
            SessionTable sessions,
            ClaimHolds holds,
            QueueTable queue,
            OfferTransaction offers,
            TaskTable tasks,
            Due due,
            OtherQueues others,
            FrontTable fronts,
            WakeTransaction wakes,
            Commits commits) {
        this.commands = commands;
        this.pool = pool;
        this.sessions = sessions;
        this.holds = holds;
        this.queue = queue;
        this.offers = offers;
        this.tasks = tasks;
        this.due = due;
        this.others = others;
        this.fronts = fronts;
        this.claims = commits.of("claim", Claim::session, this::grant);
        this.room = new WaitingRoom(this::claim, wakes, Infrastructure.getDefaultWorkerPool());
    }

    /** The waiting room for claims of this process that found nothing. */
    public WaitingRoom room() {
        return room;
    }

    /**
     * Grants a lease, or says why not. Never waits for work. A waiter for work gets {@code Unpaid} as soon as only its
     * money stands in the way, because bells announce work, not money.
     */
    public Uni<Reply<Answer>> claim(Asked<Claim, Answer> asked) {
        return claim(asked, RACES)
                .chain(reply -> asked.command().maySteal(reply.now())
                        ? others.take(asked).map(taken -> isInVain(taken) ? reply : taken)
                        : Uni.createFrom().item(reply));
    }

    private Uni<Reply<Answer>> claim(Asked<Claim, Answer> asked, int races) {
        return claims.submit(asked)
                .chain(reply -> races > 0 && reply.now() instanceof Answer.Nothing nothing && nothing.raced()
                        ? claim(asked, races - 1)
                        : Uni.createFrom().item(reply));
    }

    /** Whether the command ran now and granted nothing. */
    private static boolean isInVain(Reply<Answer> reply) {
        return reply instanceof Reply.Now<Answer>(Answer answer) && Answer.granted(answer) == null;
    }

    /** Moves the fronts of what claims of this process have looked into, if an old snapshot is open. */
    public Uni<Void> moveFronts() {
        return fronts.look();
    }

    /** Which of these swarms have a task that an unassigned claim could get. */
    public Uni<Set<String>> claimable(Collection<String> swarms) {
        return queue.claimable(pool, swarms);
    }

    /** Which of these sessions have a task that only they could get. */
    public Uni<Set<String>> assigned(Collection<String> waiting) {
        return queue.assigned(pool, waiting);
    }

    private Uni<List<Answer>> grant(Work work, List<Claim> batch) {
        return decide(work, batch, Lock.none(Uni.createFrom().voidItem())).invoke(answers -> {
            if (answers.stream().noneMatch(Answer.Granted.class::isInstance)) {
                work.nothingWritten();
            }
        });
    }

    /**
     * Answers claims of different sessions in a transaction under way.
     *
     * @param added see {@link #decide(Work, List, Lock)}
     */
    Uni<List<Reply<Answer>>> claim(Work work, List<Asked<Claim, Answer>> batch, Lock<Locks.Tasks, ?> added) {
        return commands.carryOut(work, batch, (same, fresh) -> decide(same, fresh, added));
    }

    /** The locked sessions of a batch, and what they can pay. */
    private record Locked(SessionTable.Locked sessions, Map<String, Claimant> claimants, Purses purses) {
        Instant now() {
            return sessions.now();
        }
    }

    /**
     * Decides claims of different sessions in a transaction under way.
     *
     * @param added adds tasks that may be granted, before the queue is read
     */
    public Uni<List<Answer>> decide(Work work, List<Claim> batch, Lock<Locks.Tasks, ?> added) {
        List<String> all = batch.stream().map(Claim::session).toList();
        // Leases are counted in a statement after the lock.
        return work.inOrder(sessions.lock(work, all), holds.lock(work, all), added, queue.read(work, batch))
                .with((locked, purses, ignored, read) -> {
                    Map<String, Claimant> claimants = new HashMap<>();
                    fronts.lookedInto(swarms(locked));
                    locked.sessions()
                            .forEach((id, session) ->
                                    claimants.put(id, read.counted().get(id).of(session)));
                    return decide(work, batch, new Locked(locked, claimants, purses), read);
                })
                .flatMap(answered -> answered);
    }

    private static Set<String> swarms(SessionTable.Locked locked) {
        return locked.sessions().values().stream().map(Session::swarm).collect(Collectors.toSet());
    }

    private Uni<List<Answer>> decide(Work work, List<Claim> batch, Locked locked, Queue read) {
        return offers.decide(
                        work,
                        new OfferTransaction.Batch(batch, locked.claimants(), locked.purses(), locked.now()),
                        read)
                .chain(decided -> write(work, batch, locked, decided.queue(), decided.decisions()));
    }

    private Uni<List<Answer>> write(Work work, List<Claim> batch, Locked locked, Queue read, List<Decision> decisions) {
        List<Decision.Grant> grants = decisions.stream()
                .filter(Decision.Grant.class::isInstance)
                .map(Decision.Grant.class::cast)
                .toList();
        List<Change> over = decisions.stream()
                .filter(Decision.GiveUp.class::isInstance)
                .map(decision -> ((Decision.GiveUp) decision).change())
                .toList();
        Uni<Void> givenUp = over.isEmpty() ? Uni.createFrom().voidItem() : tasks.apply(work, read.named(), over);
        return givenUp.map(ignored -> granted(work, grants, locked.now())).chain(granted -> {
            granted.values().forEach(task -> tell(work, task));
            Uni<Map<String, String>> held = hold(work, locked.purses(), grants, granted);
            work.alongside(due.at(work.connection(), "coordinator", leaseEnds(granted.values())));
            LimitTable.move(work, turns(read, grants));
            return work.inOrder(
                            held,
                            sessions.revive(work, locked.sessions(), holders(granted.values())),
                            raced(work, locked.claimants(), decisions))
                    .with((holds, ignored, raced) ->
                            answers(batch, decisions, granted, holds, locked.claimants(), raced));
        });
    }

    /**
     * Places the holds of new leases, and carries on those of leases that their holders claimed again. Gives the hold
     * by task.
     */
    private Uni<Map<String, String>> hold(
            Work work, Purses purses, List<Decision.Grant> grants, Map<String, Task> granted) {
        List<LeaseHold> fresh = new ArrayList<>();
        Uni<Map<String, String>> carried = Uni.createFrom().item(new HashMap<>());
        for (Decision.Grant grant : grants) {
            Task task = granted.get(grant.task().id());
            if (task == null || !task.holder().equals(grant.claim().session())) {
                continue;
            }
            if (grant.again()) {
                long before = grant.task().epoch();
                carried = carried.chain(all -> holds.carry(work, purses, task.id(), before, task.epoch())
                        .map(hold -> {
                            all.put(task.id(), hold);
                            return all;
                        }));
            } else {
                fresh.add(new LeaseHold(
                        task.holder(),
                        task.id(),
                        task.epoch(),
                        task.specification().dispatch().estimatedCost()));
            }
        }
        Map<String, String> placed = holds.place(work, purses, fresh);
        return carried.invoke(all -> all.putAll(placed));
    }

    /** How far the turns have come with these grants. */
    private static Map<FairTurns.Line, FairTurns.Clock> turns(Queue read, List<Decision.Grant> grants) {
        FairTurns turns = read.seen().turns().copy();
        grants.stream()
                .filter(grant -> !grant.again())
                .map(Decision.Grant::task)
                .forEach(turns::take);
        return turns.moved();
    }

    /** Grants tasks that are under lock. */
    private static Map<String, Task> granted(Work work, List<Decision.Grant> grants, Instant now) {
        Map<String, Task> granted = new HashMap<>();
        for (Decision.Grant grant : grants) {
            Instant until = now.plus(grant.claim().lease());
            granted.put(
                    grant.task().id(),
                    grant.again()
                            ? grant.task().claimedAgain(until, now, grant.counts())
                            : grant.task().claimedBy(grant.claim().session(), until, now));
        }
        if (!grants.isEmpty()) {
            GrantTable.grantAll(work, grants);
        }
        return granted;
    }

    /** Emits that the task was claimed. */
    static void tell(Work work, Task task) {
        Trace trace = new Trace(null, task.traceToken());
        work.emit(
                new TaskClaimed(
                        task.id(), task.swarm(), task.holder(), task.epoch(), task.leaseExpiresAt(), task.version()),
                trace);
        work.emit(TaskTable.moved(task), trace);
    }

    private static Map<String, Instant> leaseEnds(Collection<Task> granted) {
        Map<String, Instant> ends = new HashMap<>();
        granted.forEach(task -> ends.put("lease:" + task.id(), task.leaseExpiresAt()));
        return ends;
    }

    private static Set<String> holders(Collection<Task> granted) {
        return granted.stream().map(Task::holder).collect(Collectors.toSet());
    }

    /**
     * Swarms in which a plain claim found nothing although a task is queued, because others have it locked just now.
     */
    private Uni<Set<String>> raced(Work work, Map<String, Claimant> claimants, List<Decision> decisions) {
        boolean nothing = decisions.stream().anyMatch(d -> d instanceof Decision.Refuse(Answer.Nothing ignored));
        if (!nothing) {
            return Uni.createFrom().item(Set.of());
        }
        List<String> swarms = claimants.values().stream()
                .map(claimant -> claimant.session().swarm())
                .distinct()
                .toList();
        return queue.raced(work.connection(), swarms);
    }

    /** The session's other leases. */
    private static List<Held> others(Claimant claimant, Task task) {
        return claimant.holding().stream()
                .filter(held -> !held.task().equals(task.id()))
                .toList();
    }

    private static List<Answer> answers(
            List<Claim> batch,
            List<Decision> decisions,
            Map<String, Task> granted,
            Map<String, String> holds,
            Map<String, Claimant> claimants,
            Set<String> raced) {
        List<Answer> answers = new ArrayList<>(decisions.size());
        for (int i = 0; i < decisions.size(); i++) {
            Claim claim = batch.get(i);
            answers.add(
                    switch (decisions.get(i)) {
                        case Decision.Refuse(Answer.Nothing nothing) when nothing.forOthers() -> nothing;
                        case Decision.Refuse(Answer.Nothing nothing) when nothing.raced() -> nothing;
                        case Decision.Refuse(Answer.Nothing ignored) ->
                            new Answer.Nothing(claim.isPlain()
                                    && raced.contains(claimants
                                            .get(claim.session())
                                            .session()
                                            .swarm()));
                        case Decision.Refuse refuse -> refuse.answer();
                        case Decision.GiveUp(Change change) -> new Answer.GivenUp(change.after());
                        case Decision.Grant grant -> {
                            Task task = granted.get(grant.task().id());
                            yield task != null
                                            && task.holder()
                                                    .equals(grant.claim().session())
                                    ? new Answer.Granted(
                                            task, holds.get(task.id()), others(claimants.get(claim.session()), task))
                                    : new Answer.Nothing(true);
                        }
                    });
        }
        return answers;
    }
}
