package io.infrafabric.coordinator;

import static io.infrafabric.door.tool.Field.text;
import static io.infrafabric.door.tool.Field.value;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.budget.AccountTable;
import io.infrafabric.coordinator.CoordinatorBodies.ClaimBody;
import io.infrafabric.coordinator.CoordinatorBodies.CompleteBody;
import io.infrafabric.coordinator.CoordinatorBodies.FailBody;
import io.infrafabric.coordinator.CoordinatorBodies.ReleaseBody;
import io.infrafabric.coordinator.CoordinatorBodies.RenewBody;
import io.infrafabric.coordinator.CoordinatorBodies.TaskBody;
import io.infrafabric.door.tool.Field;
import io.infrafabric.door.tool.Field.Kind;
import io.infrafabric.door.tool.Thing;
import io.infrafabric.door.tool.Told;
import io.infrafabric.door.tool.Tool;
import io.infrafabric.door.tool.ToolCall;
import io.infrafabric.door.tool.ToolJson;
import io.infrafabric.door.tool.Toolbox;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Singleton;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jboss.resteasy.reactive.RestResponse;

/** Tasks for agents, by tools: claim, renew and end one, and submit more. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Singleton
public class CoordinatorTools implements Toolbox {
    private static final String HELD = "HELD";

    /** Reasons that say no more than the state of the task and its holder do. */
    private static final Set<String> STATES = Set.of(HELD, "OVER");

    private static final int NO_CONTENT = 204;
    private static final int ACCEPTED = 202;
    private static final int MOST_PAYLOAD = 8000;
    private static final Field TASK = text("task").must();
    private static final Field EPOCH = value("epoch", Kind.WHOLE).must();

    private final ClaimResource claims;
    private final CompleteResource completions;
    private final TaskResource tasks;
    private final WhyResource whys;
    private final AccountTable accounts;
    private final Pool pool;
    private final ToolJson json;

    CoordinatorTools(
            ClaimResource claims,
            CompleteResource completions,
            TaskResource tasks,
            WhyResource whys,
            AccountTable accounts,
            Pool pool,
            ToolJson json) {
        this.claims = claims;
        this.completions = completions;
        this.tasks = tasks;
        this.whys = whys;
        this.accounts = accounts;
        this.pool = pool;
        this.json = json;
    }

    @Override
    public List<Tool> tools() {
        return List.of(
                // The claim's own delivery gives a lease back if the client is gone.
                new Tool(
                        "claim_task",
                        "Get a task to do, or this one. Waits up to waitSeconds (0-45). keep: your calls renew the lease.",
                        List.of(
                                text("task"),
                                value("waitSeconds", Kind.WHOLE),
                                value("leaseSeconds", Kind.WHOLE),
                                value("keep", Kind.SWITCH)),
                        this::claim,
                        true),
                new Tool(
                        "complete_task",
                        "Hand in a claimed task with its result.",
                        List.of(TASK, EPOCH, value("result", Kind.ANY)),
                        this::complete),
                new Tool(
                        "fail_task",
                        "Say that the attempt failed, and why.",
                        List.of(TASK, EPOCH, text("error").must(), value("retryable", Kind.SWITCH)),
                        this::fail),
                new Tool("release_task", "Give a task back undone.", List.of(TASK, EPOCH), this::release),
                new Tool(
                        "renew_lease",
                        "Keep a task for longer.",
                        List.of(TASK, EPOCH, value("leaseSeconds", Kind.WHOLE)),
                        this::renew),
                new Tool(
                        "submit_task",
                        "Add a task for the swarm.",
                        List.of(
                                text("title").must(),
                                value("payload", Kind.ANY),
                                text("id"),
                                text("priority").oneOf("p0", "p1", "p2", "p3"),
                                value("dependsOn", Kind.TEXTS),
                                text("assignee"),
                                value("estimatedCost", Kind.NUMBER)),
                        this::submit));
    }

    @Override
    public List<Thing> things() {
        return List.of(new Thing("task", 0, this::look));
    }

    private Uni<Told> claim(ToolCall call) {
        ClaimBody wish = new ClaimBody(
                call.text("task"), null, call.wait("waitSeconds"), call.small("leaseSeconds"), null, call.isOn("keep"));
        String session = call.caller().subject();
        return claims.claim(session, wish, call.request()).chain(answer -> claimed(session, answer));
    }

    private Uni<Told> claimed(String session, RestResponse<String> answer) {
        if (answer.getStatus() == NO_CONTENT) {
            return Uni.createFrom()
                    .item(Told.of(
                            "There is no task for you now. To wait for one, call claim_task with waitSeconds 45."));
        }
        JsonNode granted = json.of(answer);
        return accounts.remaining(pool, "session:" + session)
                .map(left -> new Told(granted(granted, left), granted))
                // The lease is granted, and the agent must hear of it whatever else cannot be read.
                .onFailure()
                .recoverWithItem(() -> new Told(granted(granted, null), granted));
    }

    private static String granted(JsonNode granted, BigDecimal left) {
        JsonNode task = granted.path("task");
        String also = StreamSupport.stream(granted.path("holding").spliterator(), false)
                .map(held -> held.path("task").asText() + " (epoch "
                        + held.path("epoch").asText() + ")")
                .collect(Collectors.joining(", "));
        return "You hold " + task.path("id").asText() + " ("
                + task.path("priority").asText() + "), epoch "
                + granted.path("lease").path("epoch").asText() + ", until "
                + seconds(granted.path("lease").path("expiresAt").asText()) + ". Title: " + task.path("title")
                + payload(task.path("payload"))
                + (left == null ? "" : " You have $" + left.stripTrailingZeros().toPlainString() + " left today.")
                + (also.isEmpty() ? "" : " You also hold " + also + ".")
                + " Do it, then call complete_task, or fail_task, with this task and epoch; renew_lease in time.";
    }

    private static String payload(JsonNode payload) {
        if (payload.isMissingNode() || payload.isNull()) {
            return ".";
        }
        String text = payload.toString();
        return ". Payload: "
                + (text.length() <= MOST_PAYLOAD ? text : text.substring(0, MOST_PAYLOAD) + "… (cut; why shows all)");
    }

    /** A time to the second. */
    private static String seconds(String instant) {
        return instant.replaceFirst("\\.\\d+Z$", "Z");
    }

    private Uni<Told> complete(ToolCall call) {
        String task = call.text("task");
        return completions
                .complete(task, new CompleteBody(null, call.whole("epoch"), call.json("result"), null, null))
                .map(answer -> new Told(
                        answer.getStatus() == ACCEPTED
                                ? task + " is being checked. Make the same call again for the verdict."
                                : task + " is DONE. Call claim_task for the next one.",
                        json.of(answer)));
    }

    private Uni<Told> fail(ToolCall call) {
        FailBody body = new FailBody(null, call.whole("epoch"), call.text("error"), call.isOn("retryable"), null);
        return tasks.fail(call.text("task"), body).map(this::ended);
    }

    private Uni<Told> release(ToolCall call) {
        return tasks.release(call.text("task"), new ReleaseBody(null, call.whole("epoch"), null))
                .map(this::ended);
    }

    private Told ended(RestResponse<String> answer) {
        JsonNode task = json.of(answer);
        String attempts = "QUEUED".equals(task.path("state").asText())
                ? " after " + task.path("attempts").asText() + " of "
                        + task.path("maxAttempts").asText() + " attempts"
                : "";
        return new Told(
                "You no longer hold " + task.path("id").asText() + "; it is "
                        + task.path("state").asText() + attempts + ".",
                task);
    }

    private Uni<Told> renew(ToolCall call) {
        RenewBody body = new RenewBody(null, call.whole("epoch"), call.small("leaseSeconds"));
        return tasks.renew(call.text("task"), body).map(answer -> {
            JsonNode task = json.of(answer);
            return new Told(
                    "You hold " + task.path("id").asText() + ", epoch "
                            + task.path("epoch").asText() + ", until "
                            + seconds(task.path("leaseExpiresAt").asText()) + ".",
                    task);
        });
    }

    private Uni<Told> submit(ToolCall call) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("swarm", call.caller().swarm());
        for (String field : List.of("title", "payload", "id", "priority", "dependsOn", "assignee", "estimatedCost")) {
            if (call.has(field)) {
                body.set(field, call.json(field));
            }
        }
        return tasks.submit(json.body(body, TaskBody.class)).map(answer -> {
            JsonNode task = json.of(answer);
            return new Told(
                    "Task " + task.path("id").asText() + " is "
                            + task.path("state").asText() + ".",
                    task);
        });
    }

    private Uni<Told> look(String id) {
        return tasks.get(id)
                .chain(task -> whys.why(id, null).map(why -> {
                    JsonNode shown = json.of(task);
                    return new Told(standing(shown, json.of(why)), shown);
                }));
    }

    private static String standing(JsonNode task, JsonNode why) {
        String reasons = StreamSupport.stream(why.path("reasons").spliterator(), false)
                .filter(reason -> !STATES.contains(reason.path("kind").asText()))
                .map(CoordinatorTools::reason)
                .collect(Collectors.joining("; "));
        String holder = task.path("holder").asText();
        return "Task " + task.path("id").asText() + " is " + task.path("state").asText() + " ("
                + task.path("priority").asText() + ", " + task.path("attempts").asText() + " of "
                + task.path("maxAttempts").asText() + " attempts). Title: " + task.path("title")
                + (holder.isEmpty()
                        ? ""
                        : ". Holder: " + holder + ", epoch "
                                + task.path("epoch").asText() + until(why))
                + (why.has("place")
                        ? ". Place in the queue: " + why.path("place").asText()
                        : "")
                + (reasons.isEmpty() ? "" : ". Why it is not held: " + reasons)
                + (task.hasNonNull("error") ? ". Last error: " + task.path("error") : "")
                + payload(task.path("payload"));
    }

    /** How long its holder has it, or that its result is looked at. */
    private static String until(JsonNode why) {
        return StreamSupport.stream(why.path("reasons").spliterator(), false)
                .filter(reason -> reason.path("kind").asText().equals(HELD))
                .map(reason -> reason.hasNonNull("until")
                        ? ", until " + reason.path("until").asText() + " unless it is renewed"
                        : ", its result is being checked")
                .findFirst()
                .orElse("");
    }

    private static String reason(JsonNode reason) {
        String details = reason.properties().stream()
                .filter(member -> !member.getKey().equals("kind"))
                .map(member -> member.getKey() + " " + member.getValue())
                .collect(Collectors.joining(", "));
        return reason.path("kind").asText() + (details.isEmpty() ? "" : " (" + details + ")");
    }
}
