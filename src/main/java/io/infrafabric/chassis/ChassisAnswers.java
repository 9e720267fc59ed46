package io.infrafabric.chassis;

import io.infrafabric.chassis.module.ModuleTransaction.Put;
import io.infrafabric.chassis.module.ModuleTransaction.Removed;
import io.infrafabric.chassis.module.StoredModule;
import io.infrafabric.chassis.run.ModuleRun;
import io.infrafabric.chassis.run.Ran;
import io.infrafabric.chassis.run.Ran.End;
import io.infrafabric.chassis.run.RunTransaction.Asked;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Shows callers the answers of the rules, as JSON with a status or as a problem. */
@ApplicationScoped
public class ChassisAnswers {
    private static final int DONE = 200;
    private static final int ACCEPTED = 202;

    /**
     * A run. What it came to is there when it has finished; repeating it with the same {@code sha256}, input and
     * {@code clock} gives the same.
     *
     * @param stdout its bytes as UTF-8; if they are none, {@code stdoutBase64} has them
     * @param stderr its bytes as UTF-8; if they are none, {@code stderrBase64} has them
     * @param fuel the instructions that it was charged for
     * @param clock the time that it read
     */
    @RegisterForReflection
    @Schema(name = "ModuleRun")
    public record RunView(
            String id,
            String module,
            String sha256,
            ModuleRun.State state,
            Instant clock,
            Long exitCode,
            String stdout,
            String stderr,
            String stdoutBase64,
            String stderrBase64,
            Long millis,
            Long fuel) {}

    private final AnswerWriter json;

    public ChassisAnswers(AnswerWriter json) {
        this.json = json;
    }

    Idempotency.Answer toKeep(Put put) {
        return put instanceof Put.Done(StoredModule now) ? json.write(DONE, now) : null;
    }

    Idempotency.Answer toKeep(Removed removed) {
        return removed instanceof Removed.Done ? new Idempotency.Answer(204, null) : null;
    }

    Idempotency.Answer toKeep(Asked asked) {
        return asked instanceof Asked.Queued(ModuleRun run) ? json.write(ACCEPTED, view(run)) : null;
    }

    StoredModule shown(Put put, String name) {
        return switch (put) {
            case Put.Done(StoredModule now) -> now;
            case Put.Refused(String what) ->
                throw Problem.of(Code.IF_ERR_MODULE_REFUSED, "Module " + name + " is refused: " + what + ".")
                        .with("module", name)
                        .with("refused", what);
            case Put.Full(int most, String things) ->
                throw Problem.of(Code.IF_ERR_TOO_MANY_MODULES, "There are " + most + " " + things + ".")
                        .with("most", most);
        };
    }

    /** Refuses unless it was removed. */
    void mustBeDone(Removed removed, String name) {
        switch (removed) {
            case Removed.Done _ -> {}
            case Removed.Unknown _ -> throw unknownModule(name);
            case Removed.Pinned(String sha256) ->
                throw Problem.of(Code.IF_ERR_MODULE_PINNED, "Version " + sha256 + " of " + name + " is still needed.")
                        .with("module", name)
                        .with("sha256", sha256);
        }
    }

    /** The run that was asked for, or why there is none. */
    ModuleRun run(Asked asked, String name, Caller caller) {
        return switch (asked) {
            case Asked.Queued(ModuleRun run) -> run;
            case Asked.Unknown _ -> throw unknownModule(name);
            case Asked.Full(int most) -> throw Problem.of(Code.IF_ERR_OVERLOADED, most + " runs have not finished.");
            case Asked.OverQuota(long used, int most) ->
                throw Problem.overQuota(
                        "unfinished runs",
                        "session:" + caller.subject(),
                        "s2.chassis.max-unfinished-of-session",
                        used,
                        most);
        };
    }

    /** The run as it is now: 202 until it has finished; a run that did not exit is a refusal. */
    Idempotency.Answer shown(ModuleRun run) {
        if (run.ran() == null) {
            return json.write(ACCEPTED, view(run));
        }
        return switch (run.ran().end()) {
            case End.Exited _ -> json.write(DONE, view(run));
            case End.Limited(Ran.Limit limit) ->
                throw with(
                        Problem.of(Code.IF_ERR_SANDBOX_LIMIT, "The run met its limit of " + limit + ".")
                                .with("limit", limit),
                        run);
            case End.Trapped(String why) ->
                throw with(
                        Problem.of(Code.IF_ERR_SANDBOX_TRAP, "The run was ended: " + why + ".")
                                .with("trap", why),
                        run);
        };
    }

    private static Problem with(Problem problem, ModuleRun run) {
        RunView view = view(run);
        return problem.with("run", view.id())
                .with("module", view.module())
                .with("sha256", view.sha256())
                .with("clock", view.clock())
                .with("stdout", view.stdout())
                .with("stderr", view.stderr())
                .with("stdoutBase64", view.stdoutBase64())
                .with("stderrBase64", view.stderrBase64())
                .with("millis", view.millis())
                .with("fuel", view.fuel());
    }

    private static RunView view(ModuleRun run) {
        Ran ran = run.ran();
        String stdout = ran == null ? null : text(ran.stdout());
        String stderr = ran == null ? null : text(ran.stderr());
        return new RunView(
                run.id().toString(),
                run.module(),
                run.sha256(),
                run.state(),
                run.clock(),
                ran != null && ran.end() instanceof End.Exited(long code) ? code : null,
                stdout,
                stderr,
                ran == null || stdout != null ? null : base64(ran.stdout()),
                ran == null || stderr != null ? null : base64(ran.stderr()),
                ran == null ? null : ran.millis(),
                ran == null ? null : ran.fuel());
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException _) {
            return null;
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    static Problem unknownModule(String name) {
        return Problem.of(Code.IF_ERR_MODULE_NOT_FOUND, "There is no module " + name + ", or no such version of it.")
                .with("module", name);
    }

    static Problem unknownRun(String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_RUN, "There is no run " + id + " of this module in reach.")
                .with("run", id);
    }
}
