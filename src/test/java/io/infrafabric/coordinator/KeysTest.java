package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.body;
import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Bells;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.coordinator.transaction.KeyTransaction;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What operators say about concurrency and fairness keys, and what they see of them. */
@QuarkusTest
class KeysTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Tokens tokens;

    @Inject
    Pool pool;

    @Inject
    Bells bells;

    @Inject
    KeyTransaction keys;

    private Swarm swarm;

    @BeforeEach
    void a_swarm_of_one() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
    }

    @Test
    void a_key_of_which_nobody_has_said_anything_lets_one_run() {
        JsonNode fresh = expect(get("concurrency/db"), 200);
        assertThat(fresh.toString())
                .isEqualTo("{\"swarm\":\"" + swarm.id()
                        + "\",\"key\":\"db\",\"atMost\":1,\"running\":0,\"waiting\":0,\"atLeast\":[]}");
        assertThat(expect(get("concurrency"), 200).path("items")).isEmpty();
        assertThat(expect(get("fairness/ann"), 200).path("weight").asDouble()).isEqualTo(1);
    }

    @Test
    void what_runs_and_what_waits_is_counted_from_the_tasks_that_there_are() {
        swarm.submit("a", "concurrency", "[\"db\",\"disk\"]");
        swarm.submit("b", "concurrency", "[\"db\"]");
        swarm.submit("c", "concurrency", "[\"db\"]", "dependsOn", swarm.list("b"));
        swarm.submit("free");
        Swarm other = new Swarm(fabric, operator);
        other.enrol("eve");
        other.submit("theirs", "concurrency", "[\"db\"]");
        seen("db", 0, 2);
        seen("disk", 0, 1);
        long epoch = swarm.claims("ann", "a", "taskId", swarm.of("a"));
        seen("db", 1, 1);
        seen("disk", 1, 0);
        swarm.end("ann", "complete", "a", epoch);
        seen("db", 0, 1);
        JsonNode first = expect(get("concurrency?limit=1"), 200);
        assertThat(first.path("items").findValuesAsText("key")).containsExactly("db");
        JsonNode second =
                expect(get("concurrency?limit=1&cursor=" + first.path("next").asText()), 200);
        assertThat(second.path("items").findValuesAsText("key")).containsExactly("disk");
        assertThat(second.path("next").isNull()).isTrue();
    }

    private void seen(String key, int running, int waiting) {
        JsonNode seen = expect(get("concurrency/" + key), 200);
        assertThat(List.of(seen.path("running").asInt(), seen.path("waiting").asInt()))
                .as("%s", seen)
                .containsExactly(running, waiting);
    }

    @Test
    void a_task_with_keys_makes_what_grants_lock_once_and_one_that_is_refused_none() {
        swarm.submit("a", "concurrency", "[\"db\"]", "fairBy", "olga", "priority", "P1");
        String tasks = "{\"tasks\":[" + swarm.taskBody("b", "concurrency", "[\"db\",\"net\"]", "fairBy", "otto") + ","
                + swarm.taskBody("c", "concurrency", "[\"net\"]", "fairBy", "olga", "dependsOn", swarm.list("b"))
                + "]}";
        expect(swarm.api().post("/coordinator/tasks/batch", tasks, operator), 201);
        Answer refused = swarm.api()
                .post(
                        "/coordinator/tasks",
                        swarm.taskBody("d", "concurrency", "[\"gone\"]", "assignee", "nobody"),
                        operator);
        assertThat(refused.code()).isEqualTo("IF_ERR_UNKNOWN_ASSIGNEE");
        assertThat(column("SELECT key FROM coordinator_concurrency WHERE swarm = $1 ORDER BY 1"))
                .containsExactly("db", "net");
        assertThat(column("SELECT priority || key FROM coordinator_turn WHERE swarm = $1 AND key = '' ORDER BY 1"))
                .containsExactly("1", "2");
    }

    private List<String> column(String sql) {
        return pool.preparedQuery(sql)
                .execute(Tuple.of(swarm.id()))
                .map(rows -> {
                    List<String> all = new ArrayList<>();
                    rows.forEach(row -> all.add(row.getString(0)));
                    return all;
                })
                .await()
                .atMost(PATIENCE);
    }

    @Test
    void an_operator_says_how_many_and_takes_it_back_and_both_are_in_the_audit_log() {
        assertThat(expect(put("concurrency/db", "atMost", "3"), 200)
                        .path("atMost")
                        .asInt())
                .isEqualTo(3);
        assertThat(expect(put("concurrency/db", "atMost", "0"), 200)
                        .path("atMost")
                        .asInt())
                .isZero();
        assertThat(expect(get("concurrency"), 200).path("items").findValuesAsText("atMost"))
                .containsExactly("0");
        swarm.submit("a", "concurrency", "[\"db\"]");
        assertThat(expect(get("concurrency/db"), 200).path("atMost").asInt())
                .as("a task changes nothing")
                .isZero();
        assertThat(expect(delete("concurrency/db"), 200).path("atMost").asInt()).isEqualTo(1);
        assertThat(calls("concurrency/db")).containsExactly("DELETE", "PUT", "PUT");
        assertThat(before("atMost")).containsExactly("0", "3", "1");
    }

    /** What the audit log says was so before the calls, newest first. */
    private List<String> before(String field) {
        return expect(swarm.api().get("/coordinator/audit?entity=swarm:" + swarm.id(), operator), 200)
                .path("items")
                .findValues("before")
                .stream()
                .filter(before -> before.has(field))
                .map(before -> before.path(field).asText())
                .toList();
    }

    @Test
    void keys_and_turns_that_say_nothing_any_more_are_forgotten_and_made_again() {
        expect(put("concurrency/many", "atMost", "2"), 200);
        swarm.submit("a", "concurrency", "[\"db\",\"many\"]", "fairBy", "olga");
        swarm.submit("b", "concurrency", "[\"net\"]");
        long epoch = swarm.claims("ann", "a", "taskId", swarm.of("a"));
        clear();
        assertThat(keyRows()).containsExactly("db", "many", "net");
        assertThat(turnRows()).as("something is queued in a lane").isNotEmpty();
        swarm.end("ann", "complete", "a", epoch);
        swarm.end("ann", "complete", "b", swarm.claims("ann", "b"));
        clear();
        assertThat(keyRows()).containsExactly("many");
        assertThat(turnRows()).isEmpty();
        swarm.submit("c", "concurrency", "[\"db\"]", "fairBy", "olga");
        swarm.submit("d", "concurrency", "[\"db\"]", "fairBy", "olga");
        // As if it had been cleared between the submit and the claim.
        column("DELETE FROM coordinator_concurrency WHERE swarm = $1 AND key = 'db' RETURNING key");
        column("DELETE FROM coordinator_turn WHERE swarm = $1 RETURNING key");
        swarm.claims("ann", "c");
        assertThat(swarm.claim("ann").status()).as("one at once").isEqualTo(204);
        assertThat(keyRows()).containsExactly("db", "many");
        assertThat(turnRows()).isNotEmpty();
    }

    private void clear() {
        keys.clear().await().atMost(PATIENCE);
    }

    private List<String> keyRows() {
        return column("SELECT key FROM coordinator_concurrency WHERE swarm = $1 ORDER BY 1");
    }

    private List<String> turnRows() {
        return column("SELECT key FROM coordinator_turn WHERE swarm = $1");
    }

    @Test
    void a_session_that_waits_for_its_own_task_hears_that_the_key_came_free() {
        swarm.enrol("bob");
        List<String> heard = new CopyOnWriteArrayList<>();
        bells.listen("keys", heard::add);
        swarm.submit("a", "concurrency", "[\"db\"]");
        long epoch = swarm.claims("ann", "a");
        swarm.submit("own", "concurrency", "[\"db\"]", "assignee", swarm.of("bob"));
        CompletableFuture<Answer> waits = swarm.claimLater("bob", "waitSeconds", "30");
        assertThat(heard).doesNotContain(swarm.id());
        swarm.end("ann", "complete", "a", epoch);
        assertThat(heard).contains(swarm.id());
        assertThat(expect(waits.join(), 201).path("task").path("id").asText()).isEqualTo(swarm.of("own"));
    }

    @Test
    void an_operator_gives_a_key_a_weight_and_takes_it_back() {
        assertThat(expect(put("fairness/olga", "weight", "0.001"), 200)
                        .path("weight")
                        .asDouble())
                .isEqualTo(0.001);
        expect(put("fairness/olga", "weight", "1000"), 200);
        expect(put("fairness/otto", "weight", "2.5"), 200);
        assertThat(expect(get("fairness/olga"), 200).path("weight").asDouble()).isEqualTo(1000);
        JsonNode first = expect(get("fairness?limit=1"), 200);
        assertThat(first.path("items").findValuesAsText("key")).containsExactly("olga");
        assertThat(expect(get("fairness?limit=1&cursor=" + first.path("next").asText()), 200)
                        .path("items")
                        .findValuesAsText("key"))
                .containsExactly("otto");
        assertThat(expect(delete("fairness/olga"), 200).path("weight").asDouble())
                .isEqualTo(1);
        assertThat(expect(delete("fairness/never"), 200).path("weight").asDouble())
                .isEqualTo(1);
        assertThat(expect(get("fairness"), 200).path("items").findValuesAsText("key"))
                .containsExactly("otto");
        assertThat(calls("fairness/olga")).containsExactly("DELETE", "PUT", "PUT");
        assertThat(before("weight")).containsExactly("1", "1000", "1", "0.001", "1");
    }

    /** Methods of the calls that the audit log has of it, newest first. */
    private List<String> calls(String path) {
        JsonNode log = expect(swarm.api().get("/coordinator/audit?entity=swarm:" + swarm.id(), operator), 200)
                .path("items");
        return log.findValuesAsText("call").stream()
                .filter(call -> call.endsWith(swarm.id() + "/" + path))
                .map(call -> call.substring(0, call.indexOf(' ')))
                .toList();
    }

    @Test
    void what_is_out_of_bounds_is_refused_with_its_field() {
        bad(put("concurrency/db", "atMost", "-1"), "atMost");
        bad(put("concurrency/db", "atMost", "100001"), "atMost");
        bad(put("concurrency/db"), "atMost");
        bad(put("concurrency/-db", "atMost", "1"), "key");
        bad(get("concurrency/a%20b"), "key");
        bad(put("fairness/olga", "weight", "0"), "weight");
        bad(put("fairness/olga", "weight", "-1"), "weight");
        bad(put("fairness/olga", "weight", "1000.1"), "weight");
        bad(put("fairness/olga"), "weight");
        bad(delete("fairness/-"), "key");
        bad(get("concurrency?limit=0"), "limit");
        bad(get("fairness?cursor=x"), "cursor");
        bad(submit("concurrency", "[\"a b\"]"), "concurrency[0]");
        bad(submit("concurrency", "[\"\"]"), "concurrency[0]");
        bad(
                submit("concurrency", "[\"0\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"a\"]"),
                "concurrency");
        bad(submit("fairBy", "a b"), "fairBy");
        assertThat(swarm.api()
                        .put("/coordinator/swarms/nowhere/concurrency/db", body("atMost", "1"), operator)
                        .code())
                .isEqualTo("IF_ERR_UNKNOWN_SWARM");
        assertThat(swarm.api()
                        .get("/coordinator/swarms/nowhere/fairness/olga", operator)
                        .code())
                .isEqualTo("IF_ERR_UNKNOWN_SWARM");
    }

    @Test
    void only_operators_of_the_swarm_say_anything_and_only_who_is_of_it_sees_it() {
        Swarm other = new Swarm(fabric, operator);
        other.enrol("eve");
        String theirs = tokens.issueAll(List.of(new Caller("limited", other.id(), Role.OPERATOR)), null)
                .await()
                .indefinitely()
                .getFirst()
                .token();
        for (String path : List.of("concurrency/db", "fairness/olga")) {
            String address = "/coordinator/swarms/" + swarm.id() + "/" + path;
            String value = path.startsWith("c") ? body("atMost", "2") : body("weight", "2");
            for (String token : List.of(theirs, swarm.token("ann"), other.token("eve"))) {
                assertThat(swarm.api().put(address, value, token).status()).isEqualTo(403);
                assertThat(swarm.api().delete(address, token).status()).isEqualTo(403);
            }
            for (String token : List.of(theirs, other.token("eve"))) {
                assertThat(swarm.api().get(address, token).status()).isEqualTo(403);
                assertThat(swarm.api()
                                .get(address.substring(0, address.lastIndexOf('/')), token)
                                .status())
                        .isEqualTo(403);
            }
            expect(swarm.api().get(address, swarm.token("ann")), 200);
        }
    }

    private static void bad(Answer answer, String field) {
        expect(answer, 400);
        assertThat(answer.body().path("field").asText()).isEqualTo(field);
    }

    private Answer submit(String field, String value) {
        return swarm.api().post("/coordinator/tasks", swarm.taskBody("bad", field, value), operator);
    }

    private Answer get(String path) {
        return swarm.api().get("/coordinator/swarms/" + swarm.id() + "/" + path, operator);
    }

    private Answer put(String path, String... members) {
        return swarm.api().put("/coordinator/swarms/" + swarm.id() + "/" + path, body(members), operator);
    }

    private Answer delete(String path) {
        return swarm.api().delete("/coordinator/swarms/" + swarm.id() + "/" + path, operator);
    }
}
