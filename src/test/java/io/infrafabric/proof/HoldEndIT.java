package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static io.infrafabric.proof.Accounts.together;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.fabric.Api.Answer;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * How holds end at two processes at once, and at midnight. One process lives a day's time to the east of the other: whatever
 * it would make of its own clock's date is another day.
 */
@Tag("proof")
class HoldEndIT {
    private static final int REPETITIONS = 25;

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("ends", 1, Map.of("TZ", "Etc/GMT+12"));
        cluster.add(Map.of("TZ", "Pacific/Kiritimati"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void settlingTwiceAtOnceBooksOnceAndAnswersTheSame() {
        Accounts accounts = Accounts.make(cluster, "twice");
        String ann = accounts.open("session", "ann", accounts.swarm(), "1000");
        for (int i = 0; i < REPETITIONS; i++) {
            // Even ones come to more than was held: that is booked in full.
            String amount = i % 2 == 0 ? "12.5" : "7.5";
            String hold = accounts.mustHold(cluster.api(0), ann, "10");

            List<Answer> answers = together(2, process -> accounts.settle(cluster.api(process), hold, amount));

            mustBeTheSame(answers);
            mustBeTheSame(List.of(answers.getFirst(), accounts.settle(cluster.api(i % 2), hold, amount)));
            assertThat(answers.getFirst().body().path("state").asText()).isEqualTo("SETTLED");
            assertThat(answers.getFirst().body().path("booked").decimalValue()).isEqualByComparingTo(amount);
        }
        assertThat(accounts.entries(ann, "SETTLE")).isEqualTo(REPETITIONS);
        assertThat(accounts.spent(ann)).isEqualByComparingTo("252.5");
        assertThat(accounts.held(ann)).isEqualByComparingTo("0");
        accounts.mustBalance();
        cluster.assertNoErrors();
    }

    @Test
    void ofTwoAmountsOneIsBooked() {
        Accounts accounts = Accounts.make(cluster, "amounts");
        String ann = accounts.open("session", "ann", accounts.swarm(), "1000");
        BigDecimal expected = BigDecimal.ZERO;
        for (int i = 0; i < REPETITIONS; i++) {
            String hold = accounts.mustHold(cluster.api(0), ann, "10");

            List<Answer> answers =
                    together(4, call -> accounts.settle(cluster.api(call % 2), hold, call < 2 ? "1" : "20"));

            JsonNode won = oneOutcome(answers);
            expected = expected.add(won.path("booked").decimalValue());
            accounts.giveBack(cluster.api(0), hold);
            assertThat(accounts.giveBack(cluster.api(1), hold).code()).isEqualTo("IF_ERR_HOLD_ENDED");
        }
        assertThat(accounts.entries(ann, "SETTLE")).isEqualTo(REPETITIONS);
        assertThat(accounts.spent(ann)).isEqualByComparingTo(expected);
        assertThat(accounts.held(ann)).isEqualByComparingTo("0");
        accounts.mustBalance();
    }

    @Test
    void aHoldIsSettledOrGivenBackAndNotBoth() {
        Accounts accounts = Accounts.make(cluster, "either");
        String ann = accounts.open("session", "ann", accounts.swarm(), "1000");
        int settled = 0;
        for (int i = 0; i < REPETITIONS; i++) {
            String hold = accounts.mustHold(cluster.api(0), ann, "10");
            int settler = i % 2;

            List<Answer> answers = together(
                    4,
                    call -> call % 2 == settler
                            ? accounts.settle(cluster.api(call % 2), hold, "2")
                            : accounts.giveBack(cluster.api(call % 2), hold));

            settled += oneOutcome(answers).path("state").asText().equals("SETTLED") ? 1 : 0;
        }
        assertThat(accounts.entries(ann, "SETTLE")).isEqualTo(settled);
        assertThat(accounts.entries(ann, "VOID")).isEqualTo(REPETITIONS - settled);
        assertThat(accounts.spent(ann)).isEqualByComparingTo(BigDecimal.valueOf(2L * settled));
        assertThat(accounts.held(ann)).isEqualByComparingTo("0");
        accounts.mustBalance();
    }

    @Test
    void aHoldThatSpansMidnightIsSpentOnTheDayOnWhichItIsSettled() {
        Accounts accounts = Accounts.make(cluster, "midnight");
        accounts.limit(accounts.swarm(), "60");
        String ann = accounts.open("session", "ann", accounts.swarm(), "50");
        String hold = accounts.mustHold(cluster.api(0), ann, "15");
        expect(accounts.cost(cluster.api(1), ann, "36"), 200);
        expect(accounts.hold(cluster.api(0), ann, Accounts.A_MILLIONTH), 402);

        aDayGoesBy(accounts);

        for (int process = 0; process < 2; process++) {
            JsonNode read = accounts.read(cluster.api(process), ann);
            assertThat(read.path("spentToday").decimalValue()).isZero();
            assertThat(read.path("heldToday").decimalValue()).isEqualByComparingTo("15");
            assertThat(accounts.remaining(cluster.api(process), accounts.swarm()))
                    .isEqualByComparingTo("45");
        }
        List<Answer> answers = together(2, process -> accounts.settle(cluster.api(process), hold, "12"));
        mustBeTheSame(answers);
        for (String account : List.of(ann, accounts.swarm())) {
            JsonNode read = accounts.read(cluster.api(1), account);
            assertThat(read.path("spentToday").decimalValue()).isEqualByComparingTo("12");
            assertThat(read.path("heldToday").decimalValue()).isZero();
        }
        assertThat(cluster.texts(
                        "SELECT day - (now() AT TIME ZONE 'UTC')::date || ' ' || kind FROM budget_entry"
                                + " WHERE account = ? ORDER BY seq",
                        ann))
                .containsExactly("-1 HOLD", "-1 COST", "0 SETTLE");
        accounts.mustGrantTheRest(cluster.api(0), ann, new BigDecimal("38"));
        accounts.mustBalance();
        cluster.assertNoErrors();
    }

    @Test
    void theWarningComesOnceADayAndTheBreakerIsForOneDay() {
        Accounts accounts = Accounts.make(cluster, "days");
        String ann = accounts.open("session", "ann", accounts.swarm(), "10");
        for (int day = 1; day <= 3; day++) {
            List<Answer> answers = together(24, call -> accounts.cost(cluster.api(call % 2), ann, "0.5"));

            assertThat(answers).extracting(Answer::status).containsOnly(200);
            assertThat(accounts.events(ann, "budget-warned")).isEqualTo(day);
            assertThat(accounts.events(ann, "breaker-opened")).isEqualTo(day);
            // What closed at midnight is told with the first booking of the new day, or when it comes due.
            assertThat(accounts.events(ann, "breaker-closed")).isEqualTo(day - 1);
            assertThat(accounts.hold(cluster.api(0), ann, BigDecimal.ONE).code())
                    .isEqualTo("IF_ERR_BREAKER_OPEN");

            aDayGoesBy(accounts);

            // The first calls of a day come at both processes at once.
            together(2, process -> accounts.hold(cluster.api(process), ann, Accounts.A_MILLIONTH))
                    .forEach(answer -> expect(answer, 201));
            accounts.mustBalance();
        }
        assertThat(accounts.held(ann)).isEqualByComparingTo("0.000006");
    }

    /** The database's clock stays where it is; instead all that was booked becomes a day older. */
    private static void aDayGoesBy(Accounts accounts) {
        cluster.update(
                "BEGIN; SET LOCAL session_replication_role = replica;"
                        + " UPDATE budget_entry SET day = day - 1 WHERE account IN"
                        + " (SELECT id FROM budget_account WHERE path @> ARRAY[?]::text[]);"
                        + " UPDATE budget_account SET day = day - 1 WHERE path @> ARRAY[?]::text[]; COMMIT",
                accounts.swarm(),
                accounts.swarm());
    }

    /** The one that all calls of one kind were told; those of the other kind were refused. */
    private static JsonNode oneOutcome(List<Answer> answers) {
        List<Answer> done =
                answers.stream().filter(answer -> answer.status() == 200).toList();
        assertThat(done).hasSize(2);
        mustBeTheSame(done);
        assertThat(answers)
                .filteredOn(answer -> answer.status() != 200)
                .hasSize(2)
                .allSatisfy(answer ->
                        assertThat(answer.status() + " " + answer.code()).isEqualTo("409 IF_ERR_HOLD_ENDED"));
        return done.getFirst().body();
    }

    /** But for what the account has left, which is of the moment. */
    private static void mustBeTheSame(List<Answer> answers) {
        List<JsonNode> bodies = new ArrayList<>();
        for (Answer answer : answers) {
            ObjectNode body = expect(answer, 200).deepCopy();
            body.remove("remaining");
            bodies.add(body);
        }
        assertThat(bodies).containsOnly(bodies.getFirst());
    }
}
