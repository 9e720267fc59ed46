package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.chassis.WasmFile;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One task of a swarm with a checker, another one that depends on it, and the session that holds the first. */
final class Checks {
    static final String REQUESTED = "s2.coordinator.check-requested.v1";
    static final String JUDGED = "s2.chassis.check-judged.v1";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LEASE_SECONDS = 300;

    private final Cluster cluster;
    private final Swarm swarm;
    private final Grant grant;

    private Checks(Cluster cluster, Swarm swarm, Grant grant) {
        this.cluster = cluster;
        this.swarm = swarm;
        this.grant = grant;
    }

    /** Uploads a module, through the process that has all doors. */
    static JsonNode upload(Cluster cluster, String file) {
        Answer put = cluster.api(0).put("/chassis/modules/" + file, WasmFile.bytes(file), cluster.operator());
        assertThat(put.status()).as("%s", put.body()).isEqualTo(200);
        return put.body();
    }

    /** A swarm of this name, whose one session holds its task; a run of its checker may take so long. */
    static Checks claimed(Cluster cluster, String name, String module, int seconds) {
        upload(cluster, module);
        Swarm swarm = Swarm.enrol(cluster, name, 1, Map.of());
        List<Map<String, Object>> tasks = new ArrayList<>();
        Map<String, Object> check = Map.of("module", module, "limits", Map.of("millis", seconds * 1000));
        tasks.add(swarm.task(name + "-0", Map.of("check", check, "domains", List.of("checks"), "estimatedCost", 4)));
        tasks.add(swarm.task(name + "-next", Map.of("dependsOn", List.of(name + "-0"))));
        swarm.submit(cluster.api(0), tasks);
        return new Checks(cluster, swarm, swarm.member(0).mustClaim(cluster.api(0), name + "-0", LEASE_SECONDS));
    }

    String task() {
        return grant.task();
    }

    Swarm swarm() {
        return swarm;
    }

    /** Hands this result in, which has cost so much until now, and waits so long for the verdict. */
    Answer complete(Api api, Object result, double cost, int waitSeconds) {
        Map<String, Object> body = new HashMap<>();
        body.put("epoch", grant.epoch());
        body.put("result", result);
        body.put("cost", cost);
        body.put("waitSeconds", waitSeconds);
        Member holder = swarm.member(0);
        return api.post("/coordinator/tasks/" + task() + "/complete", body, holder.token());
    }

    /** Hands it in, and waits for nothing. */
    Checks handedIn(Object result, double cost) {
        Answer pending = complete(cluster.api(0), result, cost, 0);
        assertThat(pending.status()).as("%s", pending.body()).isEqualTo(202);
        assertThat(pending.body().path("state").asText()).isEqualTo("CHECKING");
        assertThat(state(swarm.id() + "-next")).isEqualTo("WAITING");
        return this;
    }

    String state(String task) {
        return swarm.look(cluster.api(0), task).path("state").asText();
    }

    /** A chassis process has begun to run its checker. */
    void awaitRunning() {
        await("the checker of " + task() + " runs")
                .atMost(Cluster.PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() ->
                        cluster.count("SELECT count(*) FROM chassis_run WHERE task = ? AND state = 'RUNNING'", task())
                                > 0);
    }

    /** It ends accepted: once, by one verdict, with this cost, and the dependant is free. */
    void awaitAcceptedOnce(Duration patience, double cost) {
        await(task() + " is accepted").atMost(patience).until(() -> state(task()), "DONE"::equals);
        await("nothing is left to run")
                .atMost(Cluster.PATIENCE)
                .until(() -> cluster.count("SELECT count(*) FROM chassis_run WHERE task = ?", task()) == 0);
        acceptedOnce(cost);
    }

    void acceptedOnce(double cost) {
        assertThat(state(task())).isEqualTo("DONE");
        assertThat(state(swarm.id() + "-next")).isEqualTo("QUEUED");
        assertThat(swarm.steps("completed")).isEqualTo(1);
        assertThat(swarm.outcomes()).as("outcomes").isBetween(0.5, 1.0);
        assertThat(spent()).isEqualTo(cost);
        assertThat(cluster.count("SELECT count(*) FROM budget_hold WHERE task = ? AND state = 'PLACED'", task()))
                .as("holds that are left")
                .isZero();
    }

    double spent() {
        return cluster.api(0)
                .get("/budget/accounts/session:" + swarm.member(0).id(), cluster.operator())
                .body()
                .path("spentToday")
                .asDouble();
    }

    /** How many verdicts on it were told. */
    long verdicts() {
        return cluster.count("SELECT count(*) FROM bus_event WHERE type = ? AND subject = ?", JUDGED, "task:" + task());
    }

    /** How many events of this type about it the function has taken in. */
    long heard(String function, String type) {
        return cluster.count(
                "SELECT count(*) FROM bus_event e JOIN bus_inbox i ON i.day = e.day AND i.event = e.id AND i.function = ?"
                        + " WHERE e.type = ? AND e.subject = ?",
                function,
                type,
                "task:" + task());
    }

    /** The verdict that its history has. */
    JsonNode verdict() {
        JsonNode history = swarm.look(cluster.api(0), task()).path("history");
        try {
            return JSON.readTree(history.get(history.size() - 1).path("note").asText());
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The cases that ask a human about it, in this state. */
    List<JsonNode> cases(String state) {
        return cluster.api(0)
                .get("/escalation/cases?swarm=" + swarm.id(), cluster.operator())
                .body()
                .path("items")
                .valueStream()
                .filter(one -> one.path("reason").asText().equals("CHECK_BROKEN")
                        && one.path("state").asText().equals(state))
                .toList();
    }
}
