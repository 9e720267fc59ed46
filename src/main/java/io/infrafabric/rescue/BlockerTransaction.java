package io.infrafabric.rescue;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.budget.FreeHolds;
import io.infrafabric.budget.Pauses;
import io.infrafabric.budget.Purses;
import io.infrafabric.budget.Purses.Verdict.Refused;
import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.command.Pipeline;
import io.infrafabric.coordinator.published.Capabilities;
import io.infrafabric.coordinator.published.Capabilities.Abilities;
import io.infrafabric.coordinator.published.Capabilities.TaskNeeds;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.RescueEvent.BlockerRaised;
import io.infrafabric.event.Trace;
import io.infrafabric.rescue.Blocker.State;
import io.infrafabric.rescue.Blocker.Step;
import io.infrafabric.rescue.Blocker.Verdict;
import io.infrafabric.rescue.RescueConfig.Payer;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlClient;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Calls on blockers: raise, accept, decline, say something, resolve, withdraw. One transaction each. */
@ApplicationScoped
class BlockerTransaction {

    /** A request for help. */
    record Raise(
            String id,
            String swarm,
            String session,
            String task,
            String description,
            List<String> domains,
            List<String> tools,
            Severity severity,
            Trace trace) {}

    /** The result of a call: the blocker afterwards, or why nothing was done. */
    sealed interface Answer {
        /** It was done now, or had been before. */
        record Done(Blocker blocker) implements Answer {}

        /** The rules say no. */
        record Refused(Verdict why) implements Answer {}

        /** The blocker does not exist. */
        record Unknown(String blocker) implements Answer {}

        /** The session does not belong to the swarm. */
        record UnknownSession(String session) implements Answer {}

        /** The session has reached its limit of open blockers. */
        record TooMany(int most) implements Answer {}

        /** The blocker has reached its limit of messages. */
        record TooMuchSaid(int most) implements Answer {}

        /** The rescuer has no free place. */
        record Full(int most) implements Answer {}

        /** An operator has paused the swarm. */
        record Paused(String swarm, String reason) implements Answer {}

        /** The hold for the help does not fit. */
        record Unpaid(Purses.Verdict.Refused why) implements Answer {}
    }

    /** A message on a blocker. */
    record Said(String by, boolean operator, String text, List<String> links, BigDecimal cost) {}

    private final Commands commands;
    private final RescueTransaction rescue;
    private final BlockerTable blockers;
    private final Capabilities capabilities;
    private final ClaimHolds purses;
    private final FreeHolds holds;
    private final Pauses pauses;
    private final RescueConfig config;
    private final Pipeline<Raise, Answer> raising;

    BlockerTransaction(
            Commands commands,
            RescueTransaction rescue,
            BlockerTable blockers,
            Capabilities capabilities,
            ClaimHolds purses,
            FreeHolds holds,
            Pauses pauses,
            RescueConfig config) {
        this.commands = commands;
        this.rescue = rescue;
        this.blockers = blockers;
        this.capabilities = capabilities;
        this.purses = purses;
        this.holds = holds;
        this.pauses = pauses;
        this.config = config;
        // Concurrent blockers are assigned together, but only one for each session, because those are counted.
        this.raising = commands.gathered(
                "blocker",
                new GroupCommit.Bounds(config.commitBatch(), config.commitQueue(), config.commitParallel()),
                Raise::session,
                this::raise);
    }

    /** Raises a blocker, and asks sessions that fit. */
    Uni<Reply<Answer>> raise(Raise wish, Keep<Answer> keep) {
        return raising.submit(wish, keep);
    }

    private Uni<List<Answer>> raise(Work work, List<Raise> wishes) {
        return rescue.begin(work, wishes.stream().map(Raise::swarm).toList())
                .chain(changes -> raise(work, changes, wishes)
                        .call(() ->
                                rescue.finish(work, changes, wishes.getFirst().trace()))
                        .map(raised -> raised.stream()
                                .map(answer -> answer instanceof Answer.Done(Blocker blocker)
                                        ? new Answer.Done(changes.current(blocker))
                                        : answer)
                                .toList()));
    }

    /** The same in a transaction under way; the caller finishes it. */
    Uni<List<Answer>> raise(Work work, Changes changes, List<Raise> wishes) {
        List<String> sessions = wishes.stream().map(Raise::session).toList();
        Uni<List<Answer>> raised = Uni.createFrom().item(new ArrayList<>());
        Uni<Map<String, String>> enrolled =
                capabilities.swarms(work.connection(), sessions).memoize().indefinitely();
        Uni<Map<String, Blocker>> known = blockers.load(
                        work.connection(), wishes.stream().map(Raise::id).toList())
                .memoize()
                .indefinitely();
        for (Raise wish : wishes) {
            raised = raised.call(so -> work.inOrder(enrolled, known, blockers.open(work.connection(), wish.session()))
                    .with((swarms, before, open) -> so.add(raise(changes, wish, swarms, before, open))));
        }
        return raised;
    }

    /**
     * The needs of the task that a session was working on; {@code null} if there is none, or if the task does not exist
     * in this swarm.
     */
    Uni<TaskNeeds> needs(SqlClient client, String task, String swarm) {
        return task == null
                ? Uni.createFrom().nullItem()
                : capabilities
                        .needs(client, task)
                        .map(needs -> needs == null || !needs.swarm().equals(swarm) ? null : needs);
    }

    private Answer raise(
            Changes changes, Raise wish, Map<String, String> swarms, Map<String, Blocker> known, int open) {
        if (known.containsKey(wish.id())) {
            return new Answer.Done(known.get(wish.id()));
        }
        if (!wish.swarm().equals(swarms.get(wish.session()))) {
            return new Answer.UnknownSession(wish.session());
        }
        long more = changes.changed().stream()
                .filter(blocker -> blocker.session().equals(wish.session()) && blocker.version() == 1)
                .count();
        if (open + more >= config.maxOpen()) {
            return new Answer.TooMany(config.maxOpen());
        }
        Blocker fresh = new Blocker(
                wish.id(),
                wish.swarm(),
                wish.session(),
                wish.task(),
                wish.description(),
                wish.domains(),
                wish.tools(),
                wish.severity(),
                State.ASKING,
                List.of(),
                List.of(),
                1,
                changes.now(),
                null,
                null);
        changes.take(
                fresh,
                new Step(
                        fresh,
                        List.of(new BlockerRaised(
                                fresh.id(),
                                fresh.swarm(),
                                fresh.session(),
                                fresh.task(),
                                fresh.domains(),
                                fresh.tools(),
                                fresh.severity(),
                                fresh.raisedAt(),
                                1))));
        changes.look(fresh.swarm(), fresh.id());
        return new Answer.Done(fresh);
    }

    /** An asked session accepts; a hold for its help is placed in the same transaction. */
    Uni<Reply<Answer>> accept(String id, String rescuer, Keep<Answer> keep) {
        return on(id, keep, (work, changes, blocker) -> switch (blocker.accept(rescuer, changes.now())) {
            case Verdict.Done(Step step) -> accept(work, changes, blocker, rescuer, step);
            case Verdict other -> Uni.createFrom().item(answer(changes, blocker, other));
        });
    }

    private Uni<Answer> accept(Work work, Changes changes, Blocker blocker, String rescuer, Step step) {
        String payer = config.payer() == Payer.BLOCKED ? blocker.session() : rescuer;
        return capabilities
                .lock(work, List.of(blocker.session(), rescuer))
                .take()
                .chain(sessions -> work.inOrder(
                                purses.lock(work, List.of(payer, rescuer)),
                                Lock.none(pauses.of(work, List.of(Purses.accountOf(payer), Purses.accountOf(rescuer)))),
                                Lock.none(blockers.helping(work.connection(), rescuer)))
                        .with((locked, paused, helping) -> {
                            if (!paused.isEmpty()) {
                                return new Answer.Paused(
                                        blocker.swarm(),
                                        paused.values().iterator().next().reason());
                            }
                            if (!isIn(blocker.swarm(), sessions.get(rescuer))
                                    || !isIn(blocker.swarm(), sessions.get(blocker.session()))) {
                                return new Answer.Refused(new Verdict.NotAsked(blocker, blocker.ask(rescuer)));
                            }
                            Abilities own = sessions.get(rescuer);
                            int most = own.session().maxConcurrentTasks();
                            if (own.leases() + helping >= most) {
                                return new Answer.Full(most);
                            }
                            BigDecimal estimate =
                                    Ask.estimate(own.session().hourlyCost(), config.helpTime(), config.helpCost());
                            if (locked.afford(rescuer, BigDecimal.ZERO) instanceof Refused stopped) {
                                return new Answer.Unpaid(stopped);
                            }
                            if (locked.afford(payer, estimate) instanceof Refused tooDear) {
                                return new Answer.Unpaid(tooDear);
                            }
                            String hold = holds.setAside(
                                    work,
                                    locked,
                                    payer,
                                    estimate,
                                    config.holdTime(),
                                    RescueTransaction.SUBJECT + blocker.id() + " helped by " + rescuer,
                                    rescuer);
                            Blocker held = step.after().change(rescuer, ask -> ask.holding(hold, estimate));
                            changes.take(blocker, new Step(held, step.events()));
                            return new Answer.Done(held);
                        }));
    }

    /** News that a session has left may come late; its money belongs to another swarm by then. */
    private static boolean isIn(String swarm, Abilities one) {
        return one != null
                && one.session().swarm().equals(swarm)
                && one.session().state() != Session.State.LEFT;
    }

    /** An asked or helping session declines; the next best is asked. */
    Uni<Reply<Answer>> decline(String id, String rescuer, Keep<Answer> keep) {
        return on(id, keep, (work, changes, blocker) -> {
            Answer answer = answer(changes, blocker, blocker.decline(rescuer, changes.now()));
            changes.look(blocker.swarm(), blocker.id());
            return Uni.createFrom().item(answer);
        });
    }

    /** A participant or an operator sends a message; a rescuer may report the cost of its help so far. */
    Uni<Reply<Answer>> say(String id, Said said, Keep<Answer> keep) {
        return on(id, keep, (work, changes, blocker) -> {
            Ask ask = blocker.ask(said.by());
            boolean helps = ask != null && ask.state() == Ask.State.ACCEPTED;
            if (!blocker.state().isOpen()) {
                return Uni.createFrom().item(new Answer.Refused(new Verdict.Over(blocker)));
            }
            if (!helps && !said.operator() && !said.by().equals(blocker.session())) {
                return Uni.createFrom().item(new Answer.Refused(new Verdict.NotAsked(blocker, ask)));
            }
            return blockers.say(work.connection(), id, said.by(), said.text(), said.links(), config.maxMessages())
                    .map(there -> {
                        if (!there) {
                            return new Answer.TooMuchSaid(config.maxMessages());
                        }
                        Blocker after = helps && said.cost() != null
                                ? blocker.change(said.by(), one -> one.costing(said.cost()))
                                : blocker;
                        changes.take(blocker, new Step(after, List.of()));
                        changes.notices().addAll(Notices.message(blocker, said.by(), said.text()));
                        return new Answer.Done(after);
                    });
        });
    }

    /** The blocked session can go on. */
    Uni<Reply<Answer>> resolve(String id, Map<String, Boolean> helped, String by, Keep<Answer> keep) {
        return on(id, keep, (work, changes, blocker) -> {
            Answer answer = answer(changes, blocker, blocker.resolve(helped, by, changes.now()));
            changes.look(blocker.swarm(), blocker.id());
            return Uni.createFrom().item(answer);
        });
    }

    /** The blocker no longer needs a solution. */
    Uni<Reply<Answer>> withdraw(String id, String by, Keep<Answer> keep) {
        return on(id, keep, (work, changes, blocker) -> {
            Answer answer = answer(changes, blocker, blocker.withdraw(by, changes.now()));
            changes.look(blocker.swarm(), blocker.id());
            return Uni.createFrom().item(answer);
        });
    }

    private static Answer answer(Changes changes, Blocker blocker, Verdict verdict) {
        return switch (verdict) {
            case Verdict.Done(Step step) -> {
                changes.take(blocker, step);
                yield new Answer.Done(step.after());
            }
            case Verdict.Already(Blocker same) -> new Answer.Done(same);
            case Verdict.Over _, Verdict.NotAsked _ -> new Answer.Refused(verdict);
        };
    }

    /** What a call does with the locked blocker. */
    private interface Call {
        Uni<? extends Answer> on(Work work, Changes changes, Blocker blocker);
    }

    private Uni<Reply<Answer>> on(String id, Keep<Answer> keep, Call call) {
        return commands.alone(
                keep,
                work -> blockers.swarms(work.connection(), List.of(id))
                        .chain(swarms -> swarms.isEmpty()
                                ? Uni.createFrom().item(new Answer.Unknown(id))
                                : rescue.begin(work, swarms.values()).chain(changes -> on(work, changes, id, call))));
    }

    private Uni<Answer> on(Work work, Changes changes, String id, Call call) {
        return blockers.find(work.connection(), id)
                .chain(blocker -> call.on(work, changes, blocker)
                        .chain(answer -> answer instanceof Answer.Done(Blocker after)
                                        && !changes.changed().isEmpty()
                                ? rescue.finish(work, changes, Trace.NONE)
                                        .replaceWith(() -> (Answer) new Answer.Done(changes.current(after)))
                                : Uni.createFrom().item((Answer) answer)));
    }
}
