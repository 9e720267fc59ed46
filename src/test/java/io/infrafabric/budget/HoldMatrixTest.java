package io.infrafabric.budget;

import static io.infrafabric.budget.Ledger.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever is held comes back, however it ends, whether an account on the way has no limit, gets one while the money is held
 * or loses it, at each level of the tree; and the books say so before and after.
 */
@QuarkusTest
class HoldMatrixTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** What becomes of the limit of the account in question. */
    enum Limit {
        NONE,
        ADDED,
        REMOVED
    }

    /** Which account that is. */
    enum Level {
        SESSION,
        SWARM,
        ORG
    }

    /** How a hold that stands free ends. */
    enum FreeEnd {
        SETTLED,
        VOIDED,
        EXPIRED
    }

    /** How a claim ends. */
    enum ClaimEnd {
        COMPLETED,
        FAILED,
        RELEASED,
        LEASE_LOST,
        SESSION_LEFT,
        CANCELLED,
        TAKEN_BACK,
        STOLEN_AND_COMPLETED
    }

    /** One case of the matrix. */
    record Case(String name, String account, Limit limit, BigDecimal heldBefore) {}

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    private Ledger ledger;

    @BeforeEach
    void a_swarm() {
        ledger = new Ledger(fabric, operator);
    }

    @AfterEach
    void the_ledger_balances() {
        limit("org", "null");
        ledger.mustBalance();
    }

    @ParameterizedTest
    @EnumSource
    void a_hold_that_stands_free_comes_back(FreeEnd end) {
        for (Case one : cases()) {
            String session = ledger.session(one.name(), "50");
            String account = one.account().equals("session") ? session : one.account();
            before(one, account);
            Case at = new Case(one.name(), account, one.limit(), held(account));
            String hold = ledger.holds(account, "2");
            ledger.holds(account, "1");
            meanwhile(at);
            ledger.mustBalance();
            assertThat(held(account))
                    .as("%s", at)
                    .isEqualByComparingTo(at.heldBefore().add(new BigDecimal("3")));
            switch (end) {
                case SETTLED -> expect(ledger.settle(hold, "1.5"), 200);
                case VOIDED -> expect(ledger.giveBack(hold), 200);
                case EXPIRED -> expires(hold, account);
            }
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(held(account))
                            .as("%s", at)
                            .isEqualByComparingTo(at.heldBefore().add(BigDecimal.ONE)));
            assertThat(state(hold)).isEqualTo(end.name());
            ledger.mustBalance();
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_a_claim_holds_comes_back(ClaimEnd end) {
        for (Case one : cases()) {
            String token = enrolled(one.name());
            String session = ledger.account("session", one.name());
            String account = one.account().equals("session") ? session : one.account();
            before(one, account);
            Case at = new Case(one.name(), account, one.limit(), held(account));
            JsonNode claim =
                    end == ClaimEnd.STOLEN_AND_COMPLETED ? stolen(one.name(), token) : claimed(one.name(), token);
            assertThat(held(account))
                    .as("%s", at)
                    .isEqualByComparingTo(at.heldBefore().add(new BigDecimal("2")));
            meanwhile(at);
            ledger.mustBalance();
            end(end, claim, ledger.of(one.name()), token);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(held(account)).as("%s", at).isEqualByComparingTo(at.heldBefore()));
            ledger.figures(
                    session,
                    switch (end) {
                        case COMPLETED, STOLEN_AND_COMPLETED -> "2";
                        case FAILED -> "1";
                        case RELEASED, LEASE_LOST, SESSION_LEFT, CANCELLED, TAKEN_BACK -> "0";
                    },
                    "0");
            ledger.mustBalance();
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_the_victim_of_a_deadlock_holds_comes_back(Level level) {
        for (Limit limit : Limit.values()) {
            String first = (level + "-" + limit + "-a").toLowerCase(Locale.ROOT);
            String second = (level + "-" + limit + "-b").toLowerCase(Locale.ROOT);
            String firstToken = enrolled(first);
            String secondToken = enrolled(second);
            String account = level == Level.SESSION ? ledger.account("session", first) : account(level);
            Case at = new Case(first, account, limit, held(account));
            before(at, account);
            String one = claimed(first, firstToken).at("/task/id").asText();
            String other = claimed(second, secondToken).at("/task/id").asText();
            meanwhile(at);
            waits(first, firstToken, other);
            waits(second, secondToken, one);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(List.of(taskState(one), taskState(other)))
                            .containsExactlyInAnyOrder("CLAIMED", "QUEUED"));
            String left = taskState(one).equals("CLAIMED") ? one : other;
            expect(ledger.api().post("/coordinator/tasks/" + left + "/cancel", "{\"reason\":\"over\"}", operator), 200);
            assertThat(held(account)).as("%s", at).isEqualByComparingTo(at.heldBefore());
            for (String task : List.of(one, other)) {
                ledger.api().post("/coordinator/tasks/" + task + "/cancel", "{\"reason\":\"over\"}", operator);
            }
            ledger.mustBalance();
        }
    }

    /** What an older release left behind: sums that never knew of a hold, and calls that failed for good. */
    @Test
    void what_was_spoiled_before_heals_with_the_migration() throws IOException {
        String token = enrolled("ann");
        String session = ledger.account("session", "ann");
        limit(session, "null");
        String hold = ledger.holds(session, "2");
        String task = claimed("ann", token).at("/task/id").asText();
        sql("UPDATE budget_account SET total_held = 0 WHERE id = $1", session);
        sql("DELETE FROM bus_due WHERE entity = ANY($1)", (Object) new String[] {"expiry:" + session, "lease:" + task});
        sql("UPDATE budget_hold SET expires_at = now() - interval '1 hour' WHERE id = $1", hold);
        sql("UPDATE coordinator_task SET lease_until = now() - interval '1 hour' WHERE id = $1", task);
        assertThat(expect(ledger.api().get("/budget/check", operator), 200)
                        .path("overdueHolds")
                        .findValuesAsText("account"))
                .filteredOn(session::equals)
                .hasSize(2);
        try (InputStream migration = getClass().getResourceAsStream("/db/migration/V210__budget_totals.sql")) {
            pool.query(new String(migration.readAllBytes(), StandardCharsets.UTF_8))
                    .execute()
                    .await()
                    .atMost(PATIENCE);
        }
        await().atMost(PATIENCE).untilAsserted(() -> ledger.figures(session, "0", "0"));
        assertThat(state(hold)).isEqualTo("EXPIRED");
        assertThat(taskState(task)).isEqualTo("QUEUED");
    }

    private List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Level level : Level.values()) {
            for (Limit limit : Limit.values()) {
                String name = (level + "-" + limit).toLowerCase(Locale.ROOT);
                cases.add(new Case(name, level == Level.SESSION ? "session" : account(level), limit, null));
            }
        }
        return cases;
    }

    private String account(Level level) {
        return level == Level.SWARM ? ledger.swarm() : "org";
    }

    private void before(Case one, String account) {
        limit(account, one.limit() == Limit.REMOVED ? "1000000" : "null");
    }

    private void meanwhile(Case one) {
        switch (one.limit()) {
            case NONE -> {}
            case ADDED -> limit(one.account(), "1000000");
            case REMOVED -> limit(one.account(), "null");
        }
    }

    private void limit(String account, String limit) {
        expect(ledger.put(account, "{\"dailyLimit\":" + limit + "}"), 200);
    }

    private BigDecimal held(String account) {
        return ledger.read(account).path("heldToday").decimalValue();
    }

    private String state(String hold) {
        return expect(ledger.api().get("/budget/holds/" + hold, operator), 200)
                .path("state")
                .asText();
    }

    private void expires(String hold, String account) {
        sql("UPDATE budget_hold SET expires_at = now() - interval '1 second' WHERE id = $1", hold);
        comesDue("budget", "expiry:" + account);
    }

    private void comesDue(String function, String entity) {
        sql(
                "INSERT INTO bus_due VALUES ($1, $2, now()) ON CONFLICT (function, entity) DO UPDATE SET at = now()",
                function,
                entity);
    }

    private void sql(String sql, Object... values) {
        pool.preparedQuery(sql).execute(Tuple.from(values)).await().atMost(PATIENCE);
    }

    /** Enrols a session that can steal, and gives its token. */
    private String enrolled(String name) {
        String session = "/coordinator/sessions/" + ledger.of(name);
        expect(
                ledger.api()
                        .put(
                                session,
                                "{\"swarm\":\"" + ledger.of("s") + "\",\"domains\":[\"cli\"],\"tools\":[\"python\"]}",
                                operator),
                200);
        return expect(ledger.api().post(session + "/tokens", "{}", operator), 201)
                .path("token")
                .asText();
    }

    private JsonNode claimed(String name, String token) {
        String task = ledger.of("task-" + name);
        submit(task, "P1", null);
        return claims(name, token, task);
    }

    private JsonNode claims(String name, String token, String task) {
        return expect(
                ledger.api()
                        .post(
                                "/coordinator/sessions/" + ledger.of(name) + "/claims",
                                "{\"taskId\":\"" + task + "\"}",
                                token),
                201);
    }

    private void submit(String task, String priority, String assignee) {
        expect(
                ledger.api()
                        .post(
                                "/coordinator/tasks",
                                "{\"id\":\"" + task + "\",\"swarm\":\"" + ledger.of("s")
                                        + "\",\"title\":\"t\",\"domains\":[\"cli\"],\"tools\":[\"python\"],"
                                        + "\"estimatedCost\":2,\"priority\":\"" + priority + "\""
                                        + (assignee == null ? "" : ",\"assignee\":\"" + assignee + "\"") + "}",
                                operator),
                201);
    }

    /** What the session takes from one that has more than it should keep. */
    private JsonNode stolen(String name, String token) {
        String busy = "busy-" + name;
        enrolled(busy);
        for (int i = 0; i < 7; i++) {
            submit(ledger.of("task-" + name + "-" + i), "P3", ledger.of(busy));
        }
        Answer idle = ledger.api().post("/stealing/sessions/" + ledger.of(name) + "/idle", "{}", token);
        return expect(idle, 200);
    }

    private void end(ClaimEnd end, JsonNode claim, String session, String token) {
        String task = claim.at("/task/id").asText();
        String path = "/coordinator/tasks/" + task;
        String epoch = "{\"epoch\":" + claim.at("/lease/epoch").asLong();
        switch (end) {
            case COMPLETED, STOLEN_AND_COMPLETED ->
                expect(ledger.api().post(path + "/complete", epoch + "}", token), 200);
            case FAILED ->
                expect(ledger.api().post(path + "/fail", epoch + ",\"error\":\"x\",\"cost\":1}", token), 200);
            case RELEASED -> expect(ledger.api().post(path + "/release", epoch + "}", token), 200);
            case LEASE_LOST -> {
                sql("UPDATE coordinator_task SET lease_until = now() - interval '1 second' WHERE id = $1", task);
                comesDue("coordinator", "lease:" + task);
                await().atMost(PATIENCE).until(() -> taskState(task).equals("QUEUED"));
            }
            case SESSION_LEFT -> expect(ledger.api().delete("/coordinator/sessions/" + session, operator), 200);
            case CANCELLED -> expect(ledger.api().post(path + "/cancel", "{\"reason\":\"x\"}", operator), 200);
            case TAKEN_BACK -> expect(ledger.api().post(path + "/release", "{\"reason\":\"x\"}", operator), 200);
        }
        // It is in nobody's way any more.
        ledger.api().post(path + "/cancel", "{\"reason\":\"over\"}", operator);
    }

    private void waits(String name, String token, String task) {
        expect(
                ledger.api()
                        .put("/deadlock/waits/" + ledger.of(name), "{\"waitingOn\":[\"task:" + task + "\"]}", token),
                200);
    }

    private String taskState(String task) {
        return expect(ledger.api().get("/coordinator/tasks/" + task, operator), 200)
                .path("state")
                .asText();
    }
}
