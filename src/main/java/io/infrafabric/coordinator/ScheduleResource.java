package io.infrafabric.coordinator;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.bus.Rows;
import io.infrafabric.chassis.ChassisConfig;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.coordinator.CoordinatorBodies.TaskBody;
import io.infrafabric.coordinator.schedule.Cron;
import io.infrafabric.coordinator.schedule.Schedule;
import io.infrafabric.coordinator.schedule.ScheduleTable;
import io.infrafabric.coordinator.schedule.ScheduleTransaction;
import io.infrafabric.coordinator.schedule.ScheduleTransaction.Put;
import io.infrafabric.coordinator.task.Submission;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.ZoneId;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Schedules over REST, for operators: an operator of one swarm has schedules of that swarm only. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/schedules")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class ScheduleResource {
    private static final int LONGEST_NAME = 100;
    private static final int NEXT_SHOWN = 5;
    private static final String CRON_EXPECTED =
            "minute, hour, day of the month, month and day of the week, or @hourly to @yearly, that fires at some time;"
                    + " at most once a minute";

    private final Identity identity;
    private final ScheduleTable schedules;
    private final ScheduleTransaction commands;
    private final Paging paging;
    private final CoordinatorAnswers answers;
    private final CoordinatorConfig config;
    private final ChassisConfig chassis;
    private final ObjectMapper json;
    private final Pool pool;

    public ScheduleResource(
            Identity identity,
            ScheduleTable schedules,
            ScheduleTransaction commands,
            Paging paging,
            CoordinatorAnswers answers,
            CoordinatorConfig config,
            ChassisConfig chassis,
            ObjectMapper json,
            Pool pool) {
        this.identity = identity;
        this.schedules = schedules;
        this.commands = commands;
        this.paging = paging;
        this.answers = answers;
        this.config = config;
        this.chassis = chassis;
        this.json = json;
        this.pool = pool;
    }

    /** {@code PUT /coordinator/schedules/{name}}. */
    public record ScheduleBody(
            @Schema(examples = "phase0") String swarm,

            @Schema(description = "Five fields as in Unix, or @hourly to @yearly", examples = "30 2 * * *")
            String cron,

            @Schema(description = "IANA name (UTC)", examples = "Europe/Berlin")
            String zone,

            @Schema(description = "The body of a submit, without id, notBefore and expiresAt")
            TaskBody task,

            @Schema(
                    description = "SKIP, QUEUE or REPLACE: what a firing does while the task before is not over (SKIP)",
                    examples = "SKIP")
            String overlap,

            @Schema(
                    description = "LAST, ALL or NONE: which firings are made up for after an outage (LAST); ALL only"
                            + " with QUEUE",
                    examples = "LAST")
            String missed,

            @Schema(description = "Whether it does not fire (false)")
            Boolean paused) {}

    @PUT
    @Path("/{name}")
    @Operation(
            summary = "Make a schedule, or replace it (operators)",
            description = "Absent fields get their defaults. Each firing makes one task, {name}.{yyyyMMddTHHmmZ}.")
    public Uni<Schedule> put(@RestPath String name, ScheduleBody body) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        Schedule.Wish wish = checked(name(name), Check.given("body", body));
        caller.mustOperate(wish.swarm());
        return commands.put(wish, caller, new Keep<>(identity.noted(body), this::toKeep))
                .map(Once::now)
                .map(put -> switch (put) {
                    case Put.Done(Schedule now) -> now.withNext(NEXT_SHOWN);
                    case Put.Taken(String _) ->
                        throw Problem.of(
                                        Code.IF_ERR_FORBIDDEN,
                                        "Schedule " + name + " is not in reach of this token: use another name.")
                                .with("schedule", name);
                });
    }

    private Idempotency.Answer toKeep(Put put) {
        return put instanceof Put.Done(Schedule now) ? answers.rendered(200, now.withNext(NEXT_SHOWN)) : null;
    }

    private Schedule.Wish checked(String name, ScheduleBody body) {
        String swarm = Check.givenId("swarm", body.swarm());
        String cron = Check.givenText("cron", body.cron(), LONGEST_NAME);
        if (Cron.parse(cron).isEmpty()) {
            throw Problem.badInput("cron", CRON_EXPECTED);
        }
        String zone = CoordinatorBodies.or(body.zone(), "UTC");
        if (!ZoneId.getAvailableZoneIds().contains(zone)) {
            throw Problem.badInput("zone", "the IANA name of a zone, such as Europe/Berlin");
        }
        Schedule.Overlap overlap = CoordinatorBodies.or(
                Check.oneOf("overlap", body.overlap(), Schedule.Overlap.class), Schedule.Overlap.SKIP);
        Schedule.Missed missed =
                CoordinatorBodies.or(Check.oneOf("missed", body.missed(), Schedule.Missed.class), Schedule.Missed.LAST);
        if (missed == Schedule.Missed.ALL && overlap != Schedule.Overlap.QUEUE) {
            throw Problem.badInput("missed", "LAST or NONE, unless overlap is QUEUE");
        }
        return new Schedule.Wish(
                name,
                swarm,
                cron,
                zone,
                task(name, swarm, Check.given("task", body.task())),
                overlap,
                missed,
                CoordinatorBodies.or(body.paused(), false));
    }

    /** The body of the submits, checked as it will be then. */
    private String task(String name, String swarm, TaskBody task) {
        absent("task.id", task.id());
        absent("task.notBefore", task.notBefore());
        absent("task.expiresAt", task.expiresAt());
        if (task.swarm() != null && !task.swarm().equals(swarm)) {
            throw Problem.badInput("task.swarm", "the swarm of the schedule, or nothing");
        }
        ObjectNode body = json.valueToTree(task);
        body.properties().removeIf(member -> member.getValue().isNull());
        body.put("swarm", swarm);
        Submission.NewTask first = json.convertValue(body, TaskBody.class).check("task.", name, "", name, config);
        CheckBody.mustFit("task.check.", first.check(), chassis);
        return body.toString();
    }

    private static void absent(String field, String value) {
        if (value != null) {
            throw Problem.badInput(field, "nothing: each firing says it");
        }
    }

    @GET
    @Operation(summary = "List schedules, newest first", description = "Each with its next firing.")
    public Uni<Page<Schedule>> list(@RestQuery String swarm, @RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = identity.caller();
        String reach = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(reach);
        int size = paging.limit(limit);
        List<String> from = cursor == null ? List.of(Rows.FOREVER.toString(), "") : Cursor.decode(cursor, 2);
        return schedules
                .page(pool, reach, Cursor.instant(from.get(0)), from.get(1), size + 1)
                .map(rows -> Page.of(
                        rows, size, schedule -> List.of(schedule.createdAt().toString(), schedule.name())));
    }

    @GET
    @Path("/{name}")
    @Operation(summary = "A schedule with its next firings, and what the last one came to")
    public Uni<Schedule> get(@RestPath String name) {
        return found(identity.caller(), name).map(schedule -> schedule.withNext(NEXT_SHOWN));
    }

    @DELETE
    @Path("/{name}")
    @Operation(summary = "Delete a schedule (operators)", description = "Its tasks stay.")
    public Uni<Void> delete(@RestPath String name) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        Keep<Boolean> keep = new Keep<>(identity.noted(null), _ -> null);
        return found(caller, name)
                .chain(schedule -> commands.remove(name, schedule.swarm(), keep))
                .map(Once::now)
                .invoke(removed -> {
                    if (!removed) {
                        throw unknown(name);
                    }
                })
                .replaceWithVoid();
    }

    @POST
    @Path("/{name}/run")
    @Operation(
            summary = "Make a task of a schedule now (operators)",
            description = "Also while it is paused, or its last task is not over. It is no firing: the times stay.")
    @APIResponseSchema(Task.class)
    public Uni<RestResponse<String>> run(@RestPath String name) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        Idempotency.Key key = identity.key(null);
        return found(caller, name)
                .chain(schedule -> commands.run(
                        name,
                        schedule.swarm(),
                        new Keep<>(key, answer -> answer == null ? null : answers.toKeep(answer))))
                .map(reply -> Respond.reply(reply, answer -> {
                    if (answer == null) {
                        throw unknown(name);
                    }
                    Idempotency.Answer accepted = answers.toKeep(answer);
                    if (accepted == null) {
                        throw CoordinatorAnswers.refusal(answer);
                    }
                    return accepted;
                }));
    }

    private Uni<Schedule> found(Caller caller, String name) {
        return schedules.find(pool, name(name)).invoke(schedule -> {
            if (schedule == null || !caller.reaches(schedule.swarm())) {
                throw unknown(name);
            }
        });
    }

    private static String name(String name) {
        if (Check.givenId("name", name).length() > LONGEST_NAME) {
            throw Problem.badInput("name", "at most " + LONGEST_NAME + " characters");
        }
        return name;
    }

    private static Problem unknown(String name) {
        return Problem.of(Code.IF_ERR_UNKNOWN_SCHEDULE, "There is no schedule " + name + " in reach.")
                .with("schedule", name);
    }
}
