package io.infrafabric.chassis.run;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.chassis.ChassisConfig;
import io.infrafabric.chassis.CheckInputs;
import io.infrafabric.chassis.CheckInputs.CheckInput;
import io.infrafabric.chassis.CheckLimits;
import io.infrafabric.chassis.module.ModuleTable;
import io.infrafabric.chassis.run.ModuleRun.Checked;
import io.infrafabric.chassis.run.ModuleRun.State;
import io.infrafabric.chassis.run.Ran.End;
import io.infrafabric.chassis.run.Ran.Limit;
import io.infrafabric.chassis.run.Sandbox.Bounds;
import io.infrafabric.chassis.run.Sandbox.Job;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Canonical;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.event.ChassisEvent.CheckJudged;
import io.infrafabric.event.ChassisEvent.Verdict;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Keeps runs. Each one that has not finished is on its way to a chassis process as an event, or has a row in
 * {@code bus_due}, written in the same transaction. That row brings it back after the death of the process that worked
 * on it.
 */
@ApplicationScoped
public class RunTransaction {
    private static final String FUNCTION = "chassis";

    /** Kind of due row, and of bell: the run is to begin, or to be deleted; it has finished. */
    public static final String KIND = "run:";

    /** A module takes up to so many times its bytes when it is parsed. */
    private static final int PARSED = 30;

    private static final int MEBIBYTE = 1 << 20;
    private static final int LONGEST_SAID = 2_048;

    /**
     * What somebody wants to have run.
     *
     * @param sha256 the version, the newest if {@code null}
     * @param clock what it reads as the time, now if {@code null}
     */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares or changes the bytes
    public record Wish(String module, String sha256, byte[] input, Instant clock, CheckLimits limits, Caller caller) {}

    /** What asking for a run came to. */
    public sealed interface Asked {
        record Queued(ModuleRun run) implements Asked {}

        record Unknown() implements Asked {}

        /** There are as many as may be unfinished. */
        record Full(int most) implements Asked {}

        /** The session has as many as it may have. */
        record OverQuota(long used, int most) implements Asked {}
    }

    /**
     * A run that is to begin.
     *
     * @param memoryMb what it may take, with its module
     */
    public record Coming(UUID id, int memoryMb) {}

    /** A run that has begun, with all that it needs; {@code job} is empty if it can not be run at all. */
    record Begun(ModuleRun run, Optional<Job> job, String module) {}

    private final Transactions transactions;
    private final Commands commands;
    private final Pool pool;
    private final Due due;
    private final EventIds ids;
    private final Instance<CheckInputs> inputs;
    private final ChassisConfig config;

    RunTransaction(
            Transactions transactions,
            Commands commands,
            Pool pool,
            Due due,
            EventIds ids,
            Instance<CheckInputs> inputs,
            ChassisConfig config) {
        this.transactions = transactions;
        this.commands = commands;
        this.pool = pool;
        this.due = due;
        this.ids = ids;
        this.inputs = inputs;
        this.config = config;
    }

    /** Has a module run by a process of this function. */
    public Uni<Reply<Asked>> ask(Wish wish, Keep<Asked> keep) {
        String by = wish.caller().by();
        return commands.alone(
                keep,
                work -> RunTable.inTurn(work)
                        .take()
                        .chain(turn -> RunTable.unfinished(work, by).chain(unfinished -> {
                            Asked refused = refused(wish.caller(), unfinished);
                            if (refused != null) {
                                work.nothingWritten();
                                return Uni.createFrom().item(refused);
                            }
                            return ModuleTable.pin(work, wish.module(), Optional.ofNullable(wish.sha256()))
                                    .chain(version -> queue(work, turn, wish, version));
                        })));
    }

    private Asked refused(Caller caller, RunTable.Unfinished unfinished) {
        if (unfinished.all() >= config.maxUnfinished()) {
            return new Asked.Full(config.maxUnfinished());
        }
        return caller.isSession() && unfinished.own() >= config.maxUnfinishedOfSession()
                ? new Asked.OverQuota(unfinished.own(), config.maxUnfinishedOfSession())
                : null;
    }

    private Uni<Asked> queue(Work work, RunTable.Turn turn, Wish wish, Optional<String> version) {
        if (version.isEmpty()) {
            work.nothingWritten();
            return Uni.createFrom().item(new Asked.Unknown());
        }
        ModuleRun run = queued(
                wish.module(),
                version.get(),
                wish.caller().by(),
                wish.caller().swarm(),
                null,
                wish.clock(),
                bounds(wish.limits()));
        return RunTable.add(work, turn, run, wish.input())
                .invoke(added -> Due.now(work, FUNCTION, KIND + added.id()))
                .map(Asked.Queued::new);
    }

    private ModuleRun queued(
            String module, String sha256, String by, String swarm, Checked check, Instant clock, Bounds bounds) {
        return new ModuleRun(
                ids.next(), module, sha256, by, swarm, check, clock, bounds, State.QUEUED, 0, null, null, null);
    }

    private Bounds bounds(CheckLimits limits) {
        return new Bounds(
                limits.millis() == null ? config.time().toMillis() : limits.millis(),
                limits.fuel() == null ? config.fuel() : limits.fuel(),
                limits.memoryMb() == null ? config.memoryMb() : limits.memoryMb(),
                limits.outputBytes() == null ? config.outputBytes() : limits.outputBytes());
    }

    /** Has the check of a result run, unless that check is under way. */
    public Uni<Void> check(Work work, String swarm, String sha256, Checked check) {
        CheckLimits most = new CheckLimits(null, null, config.maxMemoryMb(), null);
        ModuleRun run = queued("", sha256, "task:" + check.task(), swarm, check, null, bounds(most));
        return RunTable.addCheck(work, run).invoke(() -> Due.now(work, FUNCTION, KIND + run.id()));
    }

    /**
     * A run came due: gives what is to begin, and schedules it again in case this process dies before it has. Deletes
     * what finished long ago.
     */
    public Uni<Optional<Coming>> comeDue(Work work, UUID id) {
        return RunTable.lock(work, id)
                .take()
                .chain(run -> run == null
                        ? Uni.createFrom().item(Optional.empty())
                        : Rows.now(work.connection()).chain(now -> {
                            if (run.state() == State.FINISHED) {
                                Instant until = run.finishedAt().plus(config.kept());
                                return (until.isAfter(now) ? again(work, id, until) : RunTable.remove(work, id))
                                        .replaceWith(Optional.empty());
                            }
                            if (!run.isDue(now)) {
                                return again(work, id, run.leaseUntil()).replaceWith(Optional.empty());
                            }
                            return again(work, id, now.plus(config.lease()))
                                    .chain(() -> ModuleTable.size(work.connection(), run.sha256()))
                                    .map(size -> Optional.of(new Coming(id, need(run.bounds(), size))));
                        }));
    }

    private int need(Bounds bounds, int moduleBytes) {
        long bytes = (long) moduleBytes * PARSED + config.maxInputBytes() + 2L * bounds.outputBytes();
        return bounds.memoryMb() + (int) (bytes / MEBIBYTE) + 1;
    }

    /** Begins the run, unless somebody else has it. */
    Uni<Optional<Begun>> begin(UUID id) {
        return RunTable.find(pool, id)
                .chain(run -> run == null
                        ? Uni.createFrom().item(Optional.empty())
                        : asked(run).chain(input -> begin(id, input)));
    }

    /** What the coordinator has for a check; empty if nobody waits for its verdict, and for other runs. */
    private Uni<Optional<CheckInput>> asked(ModuleRun run) {
        Checked check = run.check();
        return check == null || inputs.isUnsatisfied()
                ? Uni.createFrom().item(Optional.empty())
                : inputs.get().of(check.task(), check.epoch(), check.resultSha256());
    }

    private Uni<Optional<Begun>> begin(UUID id, Optional<CheckInput> input) {
        return transactions
                .run(work -> RunTable.lock(work, id)
                        .take()
                        .chain(run -> run == null
                                ? Uni.createFrom().item(Optional.<ModuleRun>empty())
                                : Rows.now(work.connection()).chain(now -> begin(work, run, input, now))))
                .chain(begun -> begun.isEmpty()
                        ? Uni.createFrom().item(Optional.empty())
                        : complete(begun.get(), input).map(Optional::of));
    }

    private Uni<Optional<ModuleRun>> begin(Work work, ModuleRun run, Optional<CheckInput> input, Instant now) {
        if (!run.isDue(now)) {
            work.nothingWritten();
            return Uni.createFrom().item(Optional.empty());
        }
        if (run.tries() >= config.tries()) {
            String why = "it ended its process " + run.tries() + " times";
            return end(
                            work,
                            run,
                            input.map(CheckInput::module).orElse(""),
                            input.map(CheckInput::clock).orElse(run.clock()),
                            input.map(CheckInput::stdin).map(Canonical::sha256).orElse(""),
                            Ran.nothing(new End.Trapped(why)))
                    .replaceWith(Optional.empty());
        }
        Bounds bounds = input.map(CheckInput::limits).map(this::checked).orElse(run.bounds());
        Instant until = now.plusMillis(bounds.millis()).plus(config.lease());
        return RunTable.begin(work, run.id(), until)
                .call(() -> again(work, run.id(), until))
                .map(Optional::of);
    }

    /** Reads what else the run needs. */
    private Uni<Begun> complete(ModuleRun run, Optional<CheckInput> input) {
        Uni<byte[]> module = ModuleTable.bytes(pool, run.sha256());
        if (run.check() == null) {
            return module.chain(bytes -> RunTable.input(pool, run.id())
                    .map(stdin -> new Begun(
                            run,
                            Optional.ofNullable(bytes).map(found -> new Job(found, stdin, run.clock(), run.bounds())),
                            run.module())));
        }
        return module.map(bytes -> new Begun(
                run,
                input.filter(_ -> bytes != null)
                        .map(found -> new Job(bytes, found.stdin(), found.clock(), checked(found.limits()))),
                input.map(CheckInput::module).orElse("")));
    }

    /** The bounds are those of the day on which the task was submitted; those of today hold, too. */
    private Bounds checked(CheckLimits limits) {
        Bounds wished = bounds(limits == null ? CheckLimits.NONE : limits);
        return new Bounds(
                Math.min(wished.millis(), config.maxTime().toMillis()),
                Math.min(wished.fuel(), config.maxFuel()),
                Math.min(wished.memoryMb(), config.maxMemoryMb()),
                Math.min(wished.outputBytes(), config.maxOutputBytes()));
    }

    /** Records what a run came to, unless it was begun again since. */
    Uni<Void> record(Begun begun, Optional<Ran> ran) {
        UUID id = begun.run().id();
        return transactions.run(work -> RunTable.lock(work, id).take().chain(run -> {
            if (run == null
                    || run.state() != State.RUNNING
                    || run.tries() != begun.run().tries()) {
                work.nothingWritten();
                return Uni.createFrom().voidItem();
            }
            if (ran.isEmpty() && run.check() != null) {
                // Nobody waits for this verdict any more.
                return RunTable.remove(work, id).chain(() -> forget(work, id));
            }
            Ran came = ran.orElseGet(() -> Ran.nothing(new End.Trapped("its module was deleted")));
            boolean slow = came.end().equals(new End.Limited(Limit.TIME));
            if (run.check() != null && slow && run.tries() < config.tries()) {
                return RunTable.again(work, id)
                        .chain(() -> forget(work, id))
                        .invoke(() -> Due.now(work, FUNCTION, KIND + id));
            }
            Optional<Job> job = begun.job();
            return end(
                    work,
                    run,
                    begun.module(),
                    job.map(Job::clock).orElse(run.clock()),
                    job.map(Job::input).map(Canonical::sha256).orElse(""),
                    came);
        }));
    }

    /** A run that somebody asked for is kept for a while; a check becomes its verdict. */
    private Uni<Void> end(Work work, ModuleRun run, String module, Instant clock, String inputSha256, Ran ran) {
        if (run.check() == null) {
            work.ring(KIND + run.id());
            return RunTable.finish(work, run.id(), ran)
                    .chain(() -> Rows.now(work.connection()))
                    .chain(now -> again(work, run.id(), now.plus(config.kept())));
        }
        Long code = ran.end() instanceof End.Exited(long exited) ? exited : null;
        Verdict verdict = new Verdict(
                module,
                run.sha256(),
                inputSha256,
                clock,
                code == null ? null : code.intValue(),
                ran.fuel(),
                switch (ran.end()) {
                    case End.Exited _ -> null;
                    case End.Limited(Limit limit) -> limit.name();
                    case End.Trapped _ -> "TRAP";
                });
        Checked check = run.check();
        work.emit(
                new CheckJudged(check.task(), run.swarm(), check.epoch(), check.resultSha256(), verdict, said(ran)),
                Trace.NONE);
        return RunTable.remove(work, run.id()).chain(() -> forget(work, run.id()));
    }

    /** What the checker wrote: to stderr if it wrote there, else to stdout; or how it ended. */
    private static String said(Ran ran) {
        byte[] written = ran.stderr().length > 0 ? ran.stderr() : ran.stdout();
        String said = written.length > 0 || !(ran.end() instanceof End.Trapped(String why))
                ? Digests.text(written, LONGEST_SAID)
                : why;
        return said.strip();
    }

    /** The run; {@code null} if there is none of this module within reach of the caller. */
    public Uni<ModuleRun> find(String module, UUID id, Caller caller) {
        return RunTable.find(pool, id)
                .map(run -> run != null
                                && run.check() == null
                                && run.module().equals(module)
                                && (caller.isSession() ? run.by().equals(caller.by()) : caller.reaches(run.swarm()))
                        ? run
                        : null);
    }

    private Uni<Void> again(Work work, UUID id, Instant at) {
        return due.at(work.connection(), FUNCTION, Map.of(KIND + id, at));
    }

    private Uni<Void> forget(Work work, UUID id) {
        return due.forget(work.connection(), FUNCTION, List.of(KIND + id));
    }
}
