package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Transactions;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Role;
import io.infrafabric.coordinator.transaction.DepartureTransaction;
import io.infrafabric.coordinator.transaction.InboxTransaction;
import io.infrafabric.fabric.Api.Answer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What ends with an enrolment, and what the next one under the same id begins with. */
@QuarkusTest
class LeavingTest {
    private static final int PATIENCE = 30;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Transactions transactions;

    @Inject
    DepartureTransaction departures;

    @Inject
    InboxTransaction inboxes;

    private Swarm swarm;

    @BeforeEach
    void a_session() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("ann");
    }

    @Test
    void a_token_of_an_enrolment_that_is_over_is_refused_everywhere() {
        String before = swarm.token("ann");
        leave("ann");
        everywhereRefused(before);
        enrolElsewhere("ann");
        everywhereRefused(before);
        expect(swarm.api().get(swarm.session("ann") + "/inbox", swarm.token("ann")), 200);
        expect(swarm.api().post(swarm.session("ann") + "/tokens", "{}", swarm.token("ann")), 201);
    }

    private void everywhereRefused(String token) {
        String session = swarm.session("ann");
        String account = "/budget/accounts/session:" + swarm.of("ann");
        List<Answer> answers = List.of(
                swarm.api().post("/coordinator/tasks", swarm.taskBody("t"), token),
                swarm.api().post(session + "/claims", "{}", token),
                swarm.api().post(session + "/heartbeat", "{}", token),
                swarm.api().post(session + "/tokens", "{}", token),
                swarm.api().get(session, token),
                swarm.api().get(session + "/inbox", token),
                swarm.api().delete(session, token),
                swarm.api().get("/coordinator/tasks", token),
                swarm.api().post(account + "/costs", "{\"amount\":1}", token),
                swarm.api().get(account, token),
                swarm.api().put("/relation/claims/" + swarm.of("c"), "{}", token),
                swarm.api().get("/consensus/decisions", token),
                swarm.api().put("/deadlock/waits/" + swarm.of("ann"), "{}", token),
                swarm.api().post("/rescue/blockers", "{}", token),
                swarm.api().post("/stealing/sessions/" + swarm.of("ann") + "/idle", "{}", token));
        assertThat(answers)
                .allSatisfy(answer ->
                        assertThat(answer.body().path("reason").asText()).isEqualTo("LEFT"));
    }

    @Test
    void tokens_of_a_session_that_has_left_can_be_revoked_and_none_is_issued() {
        leave("ann");
        assertThat(swarm.api()
                        .delete(swarm.session("ann") + "/tokens", operator)
                        .status())
                .isEqualTo(204);
        assertThat(swarm.api()
                        .post(swarm.session("ann") + "/tokens", "{}", operator)
                        .status())
                .isEqualTo(404);
    }

    @Test
    void what_was_assigned_is_for_everybody_and_nothing_of_it_follows_into_another_swarm() {
        swarm.submit("queued", "assignee", swarm.of("ann"));
        swarm.submit("first");
        swarm.submit("waiting", "assignee", swarm.of("ann"), "dependsOn", swarm.list("first"));
        swarm.submit("dead", "assignee", swarm.of("ann"), "maxAttempts", "1");
        expect(swarm.operate("cancel", "dead", "reason", "for the test"), 200);
        leave("ann");
        for (String task : List.of("queued", "waiting", "dead")) {
            assertThat(swarm.read(task).has("assignee")).as(task).isFalse();
        }
        expect(swarm.operate("retry", "dead", "reason", "for the test"), 200);
        enrolElsewhere("ann");
        assertThat(swarm.claim("ann").status()).isEqualTo(204);
    }

    /** The one who assigns and the one who leaves take turns at the session's row. */
    @Test
    void a_task_that_is_assigned_while_its_assignee_leaves_does_not_stay_with_it() throws Exception {
        for (int round = 0; round < 10; round++) {
            String ann = "ann" + round;
            swarm.enrol(ann);
            List<CompletableFuture<Answer>> submits = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String task = swarm.taskBody(ann + "." + i, "assignee", swarm.of(ann));
                submits.add(
                        CompletableFuture.supplyAsync(() -> swarm.api().post("/coordinator/tasks", task, operator)));
            }
            CompletableFuture<Answer> left =
                    CompletableFuture.supplyAsync(() -> swarm.api().delete(swarm.session(ann), operator));
            expect(left.get(PATIENCE, TimeUnit.SECONDS), 200);
            for (int i = 0; i < 8; i++) {
                if (submits.get(i).get(PATIENCE, TimeUnit.SECONDS).status() == 201) {
                    assertThat(swarm.read(ann + "." + i).has("assignee")).isFalse();
                }
            }
            enrolElsewhere(ann);
            assertThat(swarm.claim(ann).status()).isEqualTo(204);
        }
    }

    @Test
    void a_claim_and_a_reader_that_wait_are_sent_away() throws Exception {
        CompletableFuture<Answer> claim = swarm.claimLater("ann", "waitSeconds", "50");
        CompletableFuture<Answer> reader = CompletableFuture.supplyAsync(
                () -> swarm.api().get(swarm.session("ann") + "/inbox?waitSeconds=50", swarm.token("ann")));
        expect(swarm.api().get(swarm.session("ann"), operator), 200);
        leave("ann");
        assertThat(claim.get(PATIENCE, TimeUnit.SECONDS).status()).isIn(401, 409);
        Answer read = reader.get(PATIENCE, TimeUnit.SECONDS);
        assertThat(read.status()).isIn(200, 401);
        assertThat(read.body().path("items")).isEmpty();
    }

    @Test
    void what_was_told_before_is_not_told_to_the_next_enrolment() {
        swarm.submit("t", "assignee", swarm.of("ann"));
        assertThat(inbox()).hasSize(1);
        leave("ann");
        swarm.enrol("ann");
        assertThat(inbox()).isEmpty();
    }

    @Test
    void the_enrolment_before_acknowledges_nothing_that_the_next_one_is_told() {
        leave("ann");
        swarm.enrol("ann");
        swarm.submit("t", "assignee", swarm.of("ann"));
        inboxes.acknowledge(swarm.of("ann"), 1, Long.MAX_VALUE, Keep.nothing())
                .await()
                .atMost(Duration.ofSeconds(PATIENCE));
        assertThat(inbox()).hasSize(1);
        inboxes.acknowledge(swarm.of("ann"), 2, Long.MAX_VALUE, Keep.nothing())
                .await()
                .atMost(Duration.ofSeconds(PATIENCE));
        assertThat(inbox()).isEmpty();
    }

    private JsonNode inbox() {
        return expect(swarm.api().get(swarm.session("ann") + "/inbox", swarm.token("ann")), 200)
                .path("items");
    }

    @Test
    void word_of_going_that_comes_late_takes_nothing_from_a_session_that_is_back() {
        leave("ann");
        swarm.enrol("ann");
        swarm.submit("fresh", "assignee", swarm.of("ann"));
        for (long enrolment : new long[] {0, 1}) {
            transactions
                    .<Void>run(work -> departures.went(work, swarm.of("ann"), enrolment))
                    .await()
                    .atMost(Duration.ofSeconds(PATIENCE));
        }
        assertThat(swarm.read("fresh").path("assignee").asText()).isEqualTo(swarm.of("ann"));
        swarm.claims("ann", "fresh");
    }

    @Test
    void the_account_stays_with_the_id_and_leaving_gives_back_what_is_set_aside() {
        String account = "/budget/accounts/session:" + swarm.of("ann");
        expect(swarm.api().put(account, "{\"dailyLimit\":50}", operator), 200);
        expect(swarm.api().post(account + "/costs", "{\"amount\":40}", swarm.token("ann")), 201, 200);
        expect(swarm.api().post(account + "/holds", "{\"amount\":5}", swarm.token("ann")), 201, 200);
        leave("ann");
        enrolElsewhere("ann");
        JsonNode now = expect(swarm.api().get(account, swarm.token("ann")), 200);
        assertThat(now.path("heldToday").decimalValue()).isZero();
        assertThat(now.path("remaining").decimalValue()).isEqualByComparingTo("10");
    }

    @Test
    void operators_and_sessions_of_one_name_are_told_apart() {
        swarm.enrol("operator");
        JsonNode own =
                expect(swarm.api().post("/coordinator/tasks", swarm.taskBody("own"), swarm.token("operator")), 201);
        assertThat(own.path("submittedBy").asText()).isEqualTo(swarm.of("operator"));
        assertThat(swarm.submit("other").path("submittedBy").asText()).isEqualTo("operator:operator");
        assertThat(swarm.api()
                        .put("/coordinator/sessions/fabric", body("swarm", swarm.id()), operator)
                        .code())
                .isEqualTo("IF_ERR_BAD_INPUT");
    }

    /** It may have been in that operator's swarm when the call came in. */
    @Test
    void an_operator_ends_no_enrolment_in_another_swarm() {
        leave("ann");
        enrolElsewhere("ann");
        Caller olga = new Caller("olga", swarm.id(), Role.OPERATOR);
        assertThat(departures.leave(swarm.of("ann"), olga).await().atMost(Duration.ofSeconds(PATIENCE)))
                .isEqualTo(new DepartureTransaction.Leaving.UnknownSession(swarm.of("ann")));
        expect(swarm.api().get(swarm.session("ann") + "/inbox", swarm.token("ann")), 200);
    }

    private static JsonNode expect(Answer answer, Integer... statuses) {
        assertThat(answer.status()).as(answer.body().toString()).isIn((Object[]) statuses);
        return answer.body();
    }

    private void leave(String name) {
        expect(swarm.api().delete(swarm.session(name), operator), 200);
    }

    private void enrolElsewhere(String name) {
        expect(swarm.api().put(swarm.session(name), body("swarm", swarm.id() + "b"), operator), 200);
        swarm.use(
                name,
                expect(swarm.api().post(swarm.session(name) + "/tokens", "{}", operator), 201)
                        .path("token")
                        .asText());
    }
}
