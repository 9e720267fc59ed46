package io.infrafabric.chassis;

import io.infrafabric.bus.Bells;
import io.infrafabric.bus.Rings;
import io.infrafabric.chassis.ChassisAnswers.RunView;
import io.infrafabric.chassis.run.ModuleRun;
import io.infrafabric.chassis.run.RunTransaction;
import io.infrafabric.chassis.run.RunTransaction.Asked;
import io.infrafabric.chassis.run.RunTransaction.Wish;
import io.infrafabric.chassis.run.Sandbox;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Reception;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/** Runs over REST. The call waits in the process that serves it; a process of this function runs the module. */
@IfBuildProperty(name = "s2.build.chassis.door", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
@Path("/chassis/modules/{module}/runs")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "chassis")
public class RunResource {
    private static final int LONGEST_WAIT = 50;
    private static final int USUAL_WAIT = 20;

    private final Identity identity;
    private final RunTransaction runs;
    private final ChassisAnswers answers;
    private final ChassisConfig config;
    private final Rings rings = new Rings();

    public RunResource(
            Identity identity, RunTransaction runs, ChassisAnswers answers, ChassisConfig config, Bells bells) {
        this.identity = identity;
        this.runs = runs;
        this.answers = answers;
        this.config = config;
        bells.listen("run", rings::ring);
    }

    /** {@code POST …/runs}. */
    public record RunBody(
            @Schema(description = "What the module reads from stdin, as text", examples = "{\"result\":42}")
            String input,

            @Schema(description = "The same for bytes that are no text")
            String inputBase64,

            @Schema(description = "A version (the newest)") String sha256,

            @Schema(description = "The time that the module reads (now); give it to repeat a run")
            String clock,

            CheckLimits limits,

            @Schema(description = "How long to wait for the end, 0 to 50 (20)", examples = "20")
            Integer waitSeconds) {}

    @POST
    @Operation(
            summary = "Run a module (operators, sessions)",
            description =
                    "200 with what it came to; 202 if it has not finished within waitSeconds: ask for it then. The"
                            + " module reads its input from stdin, and reaches no file, network or environment. The same version,"
                            + " input and clock give the same output.")
    @APIResponseSchema(RunView.class)
    public Uni<RestResponse<String>> run(@RestPath String module, RunBody body) {
        Caller caller = identity.caller();
        caller.mustAct();
        Wish wish = checked(Check.givenId("module", module), Check.given("body", body), caller);
        long wait = body.waitSeconds() == null
                ? USUAL_WAIT
                : Check.between("waitSeconds", body.waitSeconds(), 0, LONGEST_WAIT);
        return runs.ask(wish, new Keep<>(identity.key(body), answers::toKeep)).chain(reply -> {
            if (!(reply instanceof Reply.Now<Asked>(Asked asked))) {
                return Uni.createFrom().item(Respond.reply(reply, answers::toKeep));
            }
            ModuleRun run = answers.run(asked, module, caller);
            return finished(
                            run,
                            module,
                            caller,
                            System.nanoTime() + Duration.ofSeconds(wait).toNanos())
                    .map(answers::shown)
                    .map(answer -> Respond.json(answer.status(), answer.body(), false));
        });
    }

    private Wish checked(String module, RunBody body, Caller caller) {
        CheckLimits limits = body.limits() == null ? CheckLimits.NONE : body.limits();
        return new Wish(
                module,
                Check.sha256("sha256", body.sha256()),
                input(body),
                clock(body.clock()),
                limits.check("limits.", config),
                caller);
    }

    private static Instant clock(String given) {
        Instant clock = Check.instant("clock", given);
        if (clock != null && !clock.isBefore(Sandbox.END_OF_CLOCKS)) {
            throw Problem.badInput("clock", "a moment before " + Sandbox.END_OF_CLOCKS);
        }
        return clock;
    }

    private byte[] input(RunBody body) {
        if (body.input() != null && body.inputBase64() != null) {
            throw Problem.badInput("inputBase64", "nothing beside input");
        }
        byte[] input = body.inputBase64() == null
                ? (body.input() == null ? "" : body.input()).getBytes(StandardCharsets.UTF_8)
                : decoded(body.inputBase64());
        if (input.length > config.maxInputBytes()) {
            throw Problem.badInput(
                    body.inputBase64() == null ? "input" : "inputBase64",
                    "at most " + config.maxInputBytes() + " bytes");
        }
        return input;
    }

    private static byte[] decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException _) {
            throw Problem.badInput("inputBase64", "Base64");
        }
    }

    @GET
    @Path("/{id}")
    @Operation(
            summary = "What a run came to",
            description = "For whoever asked for it, and for operators and viewers. As the call that began it answers:"
                    + " 202 until it has finished. It is kept for an hour.")
    @APIResponseSchema(RunView.class)
    public Uni<RestResponse<String>> get(@RestPath String module, @RestPath String id) {
        Caller caller = identity.caller();
        return runs.find(Check.givenId("module", module), Check.uuid(id, () -> ChassisAnswers.unknownRun(id)), caller)
                .map(run -> {
                    if (run == null) {
                        throw ChassisAnswers.unknownRun(id);
                    }
                    return answers.shown(run);
                })
                .map(answer -> Respond.json(answer.status(), answer.body(), false));
    }

    /** Looks again at each bell, and now and then by itself, until it has finished or time is over. */
    private Uni<ModuleRun> finished(ModuleRun run, String module, Caller caller, long deadline) {
        Duration left = Duration.ofNanos(deadline - System.nanoTime());
        if (run.ran() != null || !left.isPositive() || rings.isClosed()) {
            return Uni.createFrom().item(run);
        }
        Rings.Place place = rings.take(run.id().toString());
        Duration pause = left.compareTo(config.lookAgain()) < 0 ? left : config.lookAgain();
        return runs.find(module, run.id(), caller)
                .chain(found -> found == null || found.ran() != null
                        ? Uni.createFrom().item(found)
                        : place.rung(pause).chain(() -> runs.find(module, run.id(), caller)))
                .onTermination()
                .invoke(place::leave)
                .chain(found -> found == null ? Uni.createFrom().item(run) : finished(found, module, caller, deadline));
    }

    /** Runs while calls are still answered: waiters hear that their run has not finished. */
    void stopWaiting(@Observes(notifyObserver = Reception.IF_EXISTS) ShutdownDelayInitiatedEvent shutdown) {
        rings.close();
    }
}
