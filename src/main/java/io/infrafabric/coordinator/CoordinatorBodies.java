package io.infrafabric.coordinator;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.claim.LeaseTable.Lease;
import io.infrafabric.coordinator.session.Enrolment;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Task.Dispatch;
import io.infrafabric.coordinator.task.Task.Limits;
import io.infrafabric.coordinator.task.Task.Requirements;
import io.infrafabric.coordinator.task.Task.Specification;
import io.infrafabric.event.Catalogue;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The bodies of calls, and the checks that turn them into commands. A failed check names the field. */
public final class CoordinatorBodies {
    static final Duration LONGEST_LEASE = Duration.ofHours(24);
    static final int LONGEST_HEARTBEAT = 3600;
    static final int LONGEST_STALL = 86_400;
    static final int LONGEST_WAIT = 50;
    private static final int MOST_TASKS_AT_ONCE = 1000;
    private static final int MOST_ATTEMPTS = 100;
    static final int TITLE = 500;
    private static final int TEXT = 4000;
    private static final int NAME = 128;
    private static final int MOST_REQUIRED = 20;
    private static final int USUAL_WAIT = 20;
    private static final int MOST_KEYS = 10;
    static final int MOST_LABELS = 20;
    private static final int MOST_AT_ONCE = 100_000;
    /** The name that appears as an author for the fabric itself. */
    private static final String FABRIC = "fabric";

    private CoordinatorBodies() {}

    /** {@code PUT /coordinator/sessions/{id}}. */
    record EnrolBody(
            @Schema(examples = "session-5-cli") String id,
            @Schema(examples = "phase0") String swarm,
            @Schema(examples = "[\"cli\",\"performance\"]") List<String> domains,
            @Schema(examples = "[\"python\",\"etcd\"]") List<String> tools,
            @Schema(examples = "anthropic") String provider,
            @Schema(examples = "sonnet") String model,

            @Schema(description = "US dollars an hour", examples = "5.00")
            BigDecimal hourlyCost,

            @Schema(description = "Leases it may hold at once (3)", examples = "3")
            Integer maxConcurrentTasks,

            @Schema(description = "Seconds of silence that make it LOST, 1 to 3600 (90)", examples = "90")
            Integer heartbeatSeconds,

            @Schema(
                    description =
                            "Seconds that it may hold work without progress before it is stalled, 1 to 86400 (1200)",
                    examples = "1200")
            Integer stallSeconds) {

        Enrolment check(String path, String sessionId) {
            if (FABRIC.equals(sessionId)
                    || PathNames.ALL.contains(sessionId)
                    || Catalogue.FUNCTIONS.contains(sessionId)) {
                throw Problem.badInput(path + "id", "a name that the fabric does not use for itself");
            }
            return new Enrolment(
                    sessionId,
                    Check.id(path + "swarm", swarm),
                    Check.capabilities(path + "domains", domains),
                    Check.capabilities(path + "tools", tools),
                    Check.text(path + "provider", provider, NAME),
                    Check.text(path + "model", model, NAME),
                    Check.money(path + "hourlyCost", hourlyCost),
                    between(path + "maxConcurrentTasks", maxConcurrentTasks, 1, MOST_TASKS_AT_ONCE),
                    between(path + "heartbeatSeconds", heartbeatSeconds, 1, LONGEST_HEARTBEAT),
                    between(path + "stallSeconds", stallSeconds, 1, LONGEST_STALL));
        }
    }

    /** {@code POST /coordinator/sessions/batch}. */
    record EnrolBatchBody(
            List<EnrolBody> sessions,

            @Schema(description = "Whether to issue a token for each, too")
            Boolean tokens) {}

    /** {@code POST /coordinator/tasks}. */
    public record TaskBody(
            @Schema(description = "Generated if absent", examples = "P0.1.1")
            String id,

            @Schema(examples = "phase0") String swarm,
            @Schema(examples = "Stand up the event bus") String title,
            @Schema(examples = "[\"event-bus\"]") List<String> domains,
            @Schema(examples = "[\"python\"]") List<String> tools,

            @Schema(description = "P0 (first) to P3; P2 if absent", examples = "P0")
            String priority,

            @Schema(description = "US dollars", examples = "15.00")
            BigDecimal estimatedCost,

            @Schema(description = "Tasks of the same swarm, or of the same call", examples = "[]")
            List<String> dependsOn,

            @Schema(
                    description = "Claims that it rests on: while one is disputed, the task is held back",
                    examples = "[]")
            List<String> basis,

            @Schema(description = "The only session that may claim it")
            String assignee,

            @Schema(implementation = Object.class, description = "Any JSON, for the session that claims it")
            JsonNode payload,

            @Schema(description = "Failed attempts before it is DEAD (3)", examples = "3")
            Integer maxAttempts,

            @Schema(examples = "trace-42") String traceToken,

            @Schema(
                    description =
                            "Names that the domains and tools of the session must contain, all of them; at most 20",
                    examples = "[\"docker\"]")
            List<String> requires,

            @Schema(
                    description = "Keys that bound how many tasks are held at once; at most 10",
                    examples = "[\"staging-db\"]")
            List<String> concurrency,

            @Schema(
                    description = "Tasks of the same priority are given out in turn by this key",
                    examples = "customer-7")
            String fairBy,

            @Schema(description = "Nobody may claim it before", examples = "2026-12-01T06:00:00Z")
            String notBefore,

            @Schema(
                    description = "The task is cancelled if nobody has claimed it by then",
                    examples = "2026-12-02T06:00:00Z")
            String expiresAt,

            @Schema(description = "Labels for searches; at most 20, names and values like ids")
            Map<String, String> labels,

            @Schema(description = "The module that must accept the result")
            CheckBody check,

            @Schema(description = "The source of the gateway that may complete and fail it; not beside check")
            String completedBy) {

        public NewTask check(String path, String freshId, String bodyHash, String token, CoordinatorConfig config) {
            Instant from = instant(path + "notBefore", notBefore);
            Instant until = instant(path + "expiresAt", expiresAt);
            if (from != null && until != null && !until.isAfter(from)) {
                throw Problem.badInput(path + "expiresAt", "a time after notBefore");
            }
            if (check != null && completedBy != null) {
                throw Problem.badInput(path + "completedBy", "nothing, because a checker must accept the result");
            }
            Priority wished = Check.oneOf(path + "priority", priority, Priority.class);
            List<String> dependencies = Check.ids(path + "dependsOn", dependsOn, config.maxDependencies());
            Specification specification = new Specification(
                    id == null ? freshId : PathNames.taskId(path + "id", id),
                    Check.givenId(path + "swarm", swarm),
                    Check.givenText(path + "title", title, TITLE),
                    new Requirements(
                            or(Check.capabilities(path + "domains", domains), List.of()),
                            or(Check.capabilities(path + "tools", tools), List.of()),
                            sorted(Check.capabilities(
                                    path + "requires", Check.atMost(path + "requires", requires, MOST_REQUIRED)))),
                    new Dispatch(
                            or(wished, Priority.P2),
                            Check.money(path + "estimatedCost", estimatedCost),
                            Check.id(path + "assignee", assignee),
                            sorted(Check.ids(path + "concurrency", concurrency, MOST_KEYS)),
                            Check.id(path + "fairBy", fairBy)),
                    LabelFilter.labelled(path + "labels", labels),
                    json(path + "payload", payload, config.maxPayloadBytes()),
                    new Limits(
                            or(between(path + "maxAttempts", maxAttempts, 1, MOST_ATTEMPTS), config.maxAttempts()),
                            until,
                            Check.id(path + "completedBy", completedBy)),
                    check == null ? null : check.checked(path + "check."));
            return new NewTask(
                    specification,
                    distinct(dependencies),
                    distinct(Check.ids(path + "basis", basis, config.maxBasis())),
                    from,
                    or(Check.traceToken(path + "traceToken", traceToken), token),
                    bodyHash);
        }
    }

    /** {@code POST /coordinator/tasks/batch}. */
    record TaskBatchBody(List<TaskBody> tasks) {}

    /** {@code POST /coordinator/sessions/{id}/claims}. */
    record ClaimBody(
            @Schema(description = "Only this task") String taskId,

            @Schema(description = "Least match of needs and capabilities, 0 to 1", examples = "0.7")
            Double minScore,

            @Schema(description = "How long to wait for work, 0 to 50", examples = "30")
            Integer waitSeconds,

            @Schema(description = "Length of the lease, 1 to 86400 (300)", examples = "300")
            Integer leaseSeconds,

            @Schema(description = "Whether to take from a busy session if nothing else is there (true)")
            Boolean steal,

            @Schema(
                    description =
                            "Whether every call of the session, and its open listen stream, renews the lease, up to"
                                    + " 24 h from the grant (false)")
            Boolean keep) {

        static final ClaimBody ANY = new ClaimBody(null, null, null, null, null);

        /** A claim whose lease only its holder renews. */
        ClaimBody(String taskId, Double minScore, Integer waitSeconds, Integer leaseSeconds, Boolean steal) {
            this(taskId, minScore, waitSeconds, leaseSeconds, steal, null);
        }

        Double checkedScore() {
            if (minScore != null && !(minScore >= 0 && minScore <= 1)) {
                throw Problem.badInput("minScore", "a number from 0 to 1");
            }
            return minScore;
        }

        Duration patience() {
            return Duration.ofSeconds(or(between("waitSeconds", waitSeconds, 0, LONGEST_WAIT), 0));
        }
    }

    /** {@code POST …/renew}. */
    record RenewBody(String session, Long epoch, Integer leaseSeconds) {}

    /** {@code POST …/complete}. */
    record CompleteBody(
            String session,

            @Schema(description = "The epoch of the claim", examples = "1")
            Long epoch,

            @Schema(implementation = Object.class, description = "Any JSON")
            JsonNode result,

            @Schema(description = "The total cost of the claim, US dollars", examples = "12.50")
            BigDecimal cost,

            @Schema(description = "How long to wait for the checker of the task, 0 to 50 (20)", examples = "20")
            Integer waitSeconds) {

        Duration patience() {
            return Duration.ofSeconds(or(between("waitSeconds", waitSeconds, 0, LONGEST_WAIT), USUAL_WAIT));
        }
    }

    /** {@code POST …/fail}. */
    record FailBody(
            String session,
            @Schema(examples = "1") Long epoch,

            @Schema(examples = "The build does not compile.")
            String error,

            @Schema(description = "Whether another attempt may do better (true)")
            Boolean retryable,

            BigDecimal cost) {}

    /** {@code POST …/release}: by the holder with its epoch, or by an operator with a reason. */
    record ReleaseBody(String session, Long epoch, String reason) {}

    /** {@code POST …/cancel}. */
    record CancelBody(
            @Schema(examples = "Not needed any more.") String reason,

            @Schema(description = "Whether to cancel all tasks that wait for it, too (false)")
            Boolean cascade) {}

    /** {@code POST …/retry}, {@code …/pause}. */
    record ReasonBody(
            @Schema(examples = "The provider is back.") String reason) {}

    /** {@code POST …/heartbeat}. */
    record HeartbeatBody(List<LeaseBody> leases, Integer leaseSeconds) {

        List<Lease> checkedLeases(int most) {
            List<LeaseBody> all = Check.atMost("leases", or(leases, List.of()), most);
            if (new HashSet<>(all.stream().map(LeaseBody::task).toList()).size() < all.size()) {
                throw Problem.badInput("leases", "each task once");
            }
            return all.stream()
                    .map(lease -> new Lease(
                            Check.givenId("leases.task", lease.task()), Check.given("leases.epoch", lease.epoch())))
                    .toList();
        }
    }

    /** One lease of a heartbeat. */
    record LeaseBody(String task, Long epoch) {}

    /** {@code POST …/inbox/ack}. */
    public record AckBody(Long upTo) {}

    /** {@code PUT /coordinator/swarms/{swarm}}. */
    record SwarmBody(
            @Schema(description = "Votes that a decision needs, 1 to 1000")
            Integer quorum) {}

    /** {@code PUT …/concurrency/{key}}. */
    record ConcurrencyBody(
            @Schema(description = "Tasks with this key that may be held at once, 0 to 100000")
            Integer atMost) {

        int checkedAtMost() {
            return (int) Check.between("atMost", Check.given("atMost", atMost), 0, MOST_AT_ONCE);
        }
    }

    static Duration lease(Integer seconds, CoordinatorConfig config) {
        Integer checked = between("leaseSeconds", seconds, 1, LONGEST_LEASE.toSeconds());
        return checked == null ? config.lease() : Duration.ofSeconds(checked);
    }

    static long epoch(Long epoch) {
        return Check.between("epoch", Check.given("epoch", epoch), 0, Long.MAX_VALUE);
    }

    static String reason(String reason) {
        return Check.givenText("reason", reason, TEXT);
    }

    static String error(String error) {
        return Check.givenText("error", error, TEXT);
    }

    static Integer between(String field, Integer value, long least, long most) {
        return value == null ? null : (int) Check.between(field, value, least, most);
    }

    /** Each value once, in the given order; empty for {@code null}. */
    static List<String> distinct(List<String> values) {
        return values == null ? List.of() : values.stream().distinct().toList();
    }

    /** Each value once, sorted, so that the same words make the same lane. */
    static List<String> sorted(List<String> values) {
        return values == null ? List.of() : values.stream().distinct().sorted().toList();
    }

    /** As exactly as the database keeps it. */
    private static Instant instant(String field, String value) {
        Instant instant = Check.instant(field, value);
        return instant == null ? null : instant.truncatedTo(ChronoUnit.MICROS);
    }

    static <T> T or(T value, T otherwise) {
        return value == null ? otherwise : value;
    }

    /** The JSON text of a given value; {@code null} for none. */
    static String json(String field, JsonNode value, int maxBytes) {
        if (value == null || value.isNull()) {
            return null;
        }
        String text = value.toString();
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > maxBytes) {
            throw Problem.of(
                            Code.IF_ERR_PAYLOAD_TOO_LARGE,
                            field + " has " + bytes + " bytes of JSON; at most " + maxBytes + " are taken.")
                    .with("field", field)
                    .with("maxBytes", maxBytes);
        }
        return text;
    }
}
