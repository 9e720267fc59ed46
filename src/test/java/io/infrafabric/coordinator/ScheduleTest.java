package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Schedules over HTTP, and what becomes of their firings. A test brings one forward by its row. */
@QuarkusTest
class ScheduleTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmm'Z'").withZone(ZoneOffset.UTC);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Inject
    Tokens tokens;

    private Swarm swarm;

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
    }

    // Over HTTP

    @Test
    void a_schedule_is_made_shown_listed_changed_and_deleted() {
        JsonNode made = put("s", "cron", "30 2 * * *", "zone", "Europe/Berlin");
        assertThat(made.path("next")).hasSize(5);
        assertThat(made.path("overlap").asText()).isEqualTo("SKIP");
        assertThat(made.path("missed").asText()).isEqualTo("LAST");
        assertThat(made.path("paused").asBoolean()).isFalse();
        assertThat(made.path("task").path("title").asText()).isEqualTo("Nightly");
        assertThat(made.path("last").isMissingNode() || made.path("last").isNull())
                .isTrue();
        assertThat(read("s")).isEqualTo(made);
        JsonNode list = expect(swarm.api().get("/coordinator/schedules?swarm=" + swarm.id(), operator), 200);
        assertThat(list.path("items").findValuesAsText("name")).containsExactly(swarm.of("s"));

        JsonNode paused = put("s", "cron", "@hourly", "paused", "true");
        assertThat(paused.path("next")).isEmpty();
        assertThat(paused.path("zone").asText()).isEqualTo("UTC");
        assertThat(paused.path("version").asInt()).isEqualTo(2);
        assertThat(due("s")).isFalse();
        assertThat(put("s", "cron", "@hourly").path("next")).hasSize(5);
        assertThat(due("s")).isTrue();

        assertThat(swarm.api().delete(path("s"), operator).status()).isEqualTo(204);
        assertThat(due("s")).isFalse();
        assertThat(swarm.api().get(path("s"), operator).code()).isEqualTo("IF_ERR_UNKNOWN_SCHEDULE");
        assertThat(swarm.api().delete(path("s"), operator).code()).isEqualTo("IF_ERR_UNKNOWN_SCHEDULE");
    }

    @Test
    void what_could_not_fire_is_refused_with_the_field() {
        refused("cron", "cron", "0 0 30 2 *");
        refused("cron", "cron", "* * * * * *");
        refused("cron", "cron", "@reboot");
        refused("cron");
        refused("zone", "cron", "@daily", "zone", "Europe/Berlinn");
        refused("zone", "cron", "@daily", "zone", "+01:00");
        refused("missed", "cron", "@daily", "missed", "ALL");
        refused("overlap", "cron", "@daily", "overlap", "MAYBE");
        refused("task.id", "cron", "@daily", "task", "{\"title\":\"T\",\"id\":\"x\"}");
        refused("task.title", "cron", "@daily", "task", "{}");
        refused("task.swarm", "cron", "@daily", "task", "{\"title\":\"T\",\"swarm\":\"other\"}");
        refused("task.notBefore", "cron", "@daily", "task", "{\"title\":\"T\",\"notBefore\":\"2030-01-01T00:00:00Z\"}");
        refused("task.priority", "cron", "@daily", "task", "{\"title\":\"T\",\"priority\":\"P9\"}");
        Answer tooLong = swarm.api().put("/coordinator/schedules/" + "n".repeat(101), wish("cron", "@daily"), operator);
        assertThat(tooLong.body().path("field").asText()).isEqualTo("name");
        String longest = "n".repeat(100 - swarm.id().length()) + swarm.id();
        expect(swarm.api().put("/coordinator/schedules/" + longest, wish("cron", "@daily"), operator), 200);
    }

    @Test
    void an_operator_of_a_swarm_has_the_schedules_of_that_swarm() {
        Swarm other = new Swarm(fabric, operator);
        String limited = token(new Caller("limited", swarm.id(), Role.OPERATOR));
        String foreign = token(new Caller("foreign", other.id(), Role.OPERATOR));
        String viewer = token(new Caller("viewer", swarm.id(), Role.VIEWER));
        expect(swarm.api().put(path("s"), wish("cron", "@daily"), limited), 200);
        for (Answer answer : List.of(
                swarm.api().get(path("s"), foreign),
                swarm.api().delete(path("s"), foreign),
                swarm.api().post(path("s") + "/run", null, foreign))) {
            assertThat(answer.code()).isEqualTo("IF_ERR_UNKNOWN_SCHEDULE");
        }
        assertThat(swarm.api().put(path("s"), wish("cron", "@daily"), foreign).status())
                .isEqualTo(403);
        String theirs = body("swarm", other.id(), "cron", "@daily", "task", "{\"title\":\"T\"}");
        assertThat(swarm.api().put(path("s"), theirs, foreign).status()).isEqualTo(403);
        assertThat(swarm.api().put(path("s"), wish("cron", "@daily"), viewer).status())
                .isEqualTo(403);
        assertThat(swarm.api()
                        .put(path("s"), wish("cron", "@daily"), swarm.token("ann"))
                        .status())
                .isEqualTo(403);
        assertThat(swarm.api().post(path("s") + "/run", null, viewer).status()).isEqualTo(403);
        assertThat(swarm.api().delete(path("s"), viewer).status()).isEqualTo(403);
        expect(swarm.api().get(path("s"), viewer), 200);
        assertThat(expect(swarm.api().get("/coordinator/schedules", foreign), 200)
                        .path("items"))
                .isEmpty();
        assertThat(expect(swarm.api().get("/coordinator/schedules", limited), 200)
                        .path("items"))
                .hasSize(1);
    }

    // Firings

    @Test
    void a_firing_makes_one_task_and_the_schedule_goes_on() {
        put("s", "cron", "* * * * *");
        String firing = fire("s", 0);
        JsonNode last = last("s");
        assertThat(last.path("task").asText()).isEqualTo(firing);
        assertThat(last.path("skipped").asBoolean()).isFalse();
        JsonNode task = task(firing);
        assertThat(task.path("title").asText()).isEqualTo("Nightly");
        assertThat(task.path("state").asText()).isEqualTo("QUEUED");
        assertThat(task.path("submittedBy").asText()).isEqualTo("schedule:" + swarm.of("s"));
        assertThat(Instant.parse(read("s").path("next").path(0).asText()))
                .isAfter(last.path("at").asText());
        assertThat(due("s")).isTrue();

        // Said once more, it has come already.
        long version = read("s").path("version").asLong();
        sql("UPDATE bus_due SET at = now() WHERE entity = $1", "@schedule:" + swarm.of("s"));
        await().atMost(PATIENCE).until(() -> isLater("s"));
        assertThat(read("s").path("version").asLong()).isEqualTo(version);
        assertThat(tasks()).hasSize(1);
        assertThat(swarm.claim("ann").status()).isEqualTo(201);
    }

    @Test
    void a_firing_is_skipped_while_the_task_before_is_not_over() {
        put("s", "cron", "@daily");
        String first = fire("s", 1);
        fire("s", 0);
        assertThat(last("s").path("skipped").asBoolean()).isTrue();
        assertThat(last("s").path("task").asText("")).isIn("", "null");
        assertThat(last("s").path("why").asText()).contains(first).contains("QUEUED");
        expect(swarm.api().post("/coordinator/tasks/" + first + "/cancel", body("reason", "Over."), operator), 200);
        assertThat(task(fire("s", 0)).path("state").asText()).isEqualTo("QUEUED");
    }

    @Test
    void a_firing_replaces_the_task_before_or_queues_beside_it() {
        put("s", "cron", "@daily", "overlap", "REPLACE");
        String first = fire("s", 2);
        String second = fire("s", 1);
        assertThat(task(first).path("state").asText()).isEqualTo("CANCELLED");
        assertThat(task(second).path("state").asText()).isEqualTo("QUEUED");
        put("s", "cron", "@daily", "overlap", "QUEUE");
        String third = fire("s", 0);
        assertThat(task(second).path("state").asText()).isEqualTo("QUEUED");
        assertThat(task(third).path("state").asText()).isEqualTo("QUEUED");
    }

    @Test
    void a_refused_submit_is_told_of_and_stops_nothing() {
        expect(
                swarm.api()
                        .put(
                                path("s"),
                                body("swarm", swarm.of("nowhere"), "cron", "@daily", "task", "{\"title\":\"T\"}"),
                                operator),
                200);
        fire("s", 1);
        assertThat(last("s").path("why").asText()).contains(swarm.of("nowhere"));
        assertThat(last("s").path("skipped").asBoolean()).isTrue();
        assertThat(due("s")).isTrue();
        put("s", "cron", "@daily");
        assertThat(task(fire("s", 0)).path("state").asText()).isEqualTo("QUEUED");
    }

    @Test
    void what_was_missed_is_made_by_policy() {
        put("last", "cron", "* * * * *");
        put("none", "cron", "* * * * *", "missed", "NONE");
        put("all", "cron", "*/2 * * * *", "missed", "ALL", "overlap", "QUEUE");
        put("many", "cron", "* * * * *", "missed", "ALL", "overlap", "QUEUE");
        fire("last", 600);
        fire("none", 600);
        fire("all", 10);
        fire("many", 150);
        assertThat(tasksOf("last")).hasSize(1);
        assertThat(last("last").path("leftOut").asInt()).isBetween(599, 602);
        assertThat(tasksOf("none")).hasSizeLessThan(2);
        assertThat(tasksOf("all")).hasSizeBetween(5, 7).doesNotHaveDuplicates();
        assertThat(tasksOf("many")).hasSize(100);
        assertThat(last("many").path("leftOut").asInt()).isBetween(50, 53);
        assertThat(last("many").path("why").asText()).contains("left out");
    }

    @Test
    void an_operator_runs_it_by_hand() {
        put("s", "cron", "@yearly", "paused", "true");
        JsonNode task = expect(swarm.api().post(path("s") + "/run", null, operator), 201);
        assertThat(task.path("id").asText()).matches(swarm.of("s") + "\\.[0-9]{8}T[0-9]{6}Z");
        assertThat(last("s").path("task").asText()).isEqualTo(task.path("id").asText());
        assertThat(read("s").path("next")).isEmpty();
        assertThat(swarm.claim("ann").status()).isEqualTo(201);
    }

    /** Brings its next firing forward by so many minutes before this one; gives the id of the task of the latest. */
    private String fire(String name, int minutesAgo) {
        Instant firing = Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofMinutes(minutesAgo));
        long version = read(name).path("version").asLong();
        pool.preparedQuery("WITH first AS (UPDATE coordinator_schedule SET next_at = $2 WHERE name = $1)"
                        + " UPDATE bus_due SET at = now() WHERE entity = '@schedule:' || $1::text")
                .execute(Tuple.of(swarm.of(name), firing.atOffset(ZoneOffset.UTC)))
                .await()
                .atMost(PATIENCE);
        await().atMost(PATIENCE).until(() -> read(name).path("version").asLong() > version);
        return swarm.of(name) + "." + MINUTE.format(firing);
    }

    private JsonNode put(String name, String... wish) {
        return expect(swarm.api().put(path(name), wish(wish), operator), 200);
    }

    private String wish(String... more) {
        List<String> members = new ArrayList<>(List.of("swarm", swarm.id()));
        members.addAll(List.of(more));
        if (!members.contains("task")) {
            members.addAll(List.of("task", "{\"title\":\"Nightly\",\"priority\":\"P1\"}"));
        }
        return body(members.toArray(String[]::new));
    }

    private void refused(String field, String... wish) {
        Answer answer = swarm.api().put(path("refused"), wish(wish), operator);
        assertThat(answer.status()).as(field).isEqualTo(400);
        assertThat(answer.code()).isEqualTo("IF_ERR_BAD_INPUT");
        assertThat(answer.body().path("field").asText()).isEqualTo(field);
    }

    private String path(String name) {
        return "/coordinator/schedules/" + swarm.of(name);
    }

    private JsonNode read(String name) {
        return expect(swarm.api().get(path(name), operator), 200);
    }

    private JsonNode last(String name) {
        return read(name).path("last");
    }

    private JsonNode task(String id) {
        return expect(swarm.api().get("/coordinator/tasks/" + id, operator), 200);
    }

    private List<String> tasks() {
        return expect(swarm.api().get("/coordinator/tasks?limit=200&swarm=" + swarm.id(), operator), 200)
                .path("items")
                .findValuesAsText("id");
    }

    private List<String> tasksOf(String name) {
        return tasks().stream()
                .filter(id -> id.startsWith(swarm.of(name) + "."))
                .toList();
    }

    private String token(Caller caller) {
        return tokens.issueAll(List.of(caller), null)
                .await()
                .atMost(PATIENCE)
                .getFirst()
                .token();
    }

    private boolean due(String name) {
        return sql("SELECT 1 FROM bus_due WHERE entity = $1", "@schedule:" + swarm.of(name)) == 1;
    }

    private boolean isLater(String name) {
        return sql("SELECT 1 FROM bus_due WHERE entity = $1 AND at > now()", "@schedule:" + swarm.of(name)) == 1;
    }

    private int sql(String statement, String parameter) {
        return pool.preparedQuery(statement)
                .execute(Tuple.of(parameter))
                .await()
                .atMost(PATIENCE)
                .rowCount();
    }
}
