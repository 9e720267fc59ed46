package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static io.infrafabric.proof.Accounts.id;
import static io.infrafabric.proof.Accounts.together;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 1,000 concurrent holds at 4 processes: what is granted never exceeds a limit on the way up, and what fits is granted. That
 * it never did is read from the ledger, row by row.
 */
@Tag("proof")
class HoldRaceIT {
    private static final int PROCESSES = 4;
    private static final int HOLDS = 1000;
    private static final int SIBLINGS = 8;

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("holds", PROCESSES, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void oneAccountIsFilledAndNotOverdrawn() {
        Accounts accounts = Accounts.make(cluster, "hot");
        String ann = accounts.open("session", "ann", accounts.swarm(), "250");

        List<Answer> answers = together(HOLDS, i -> accounts.hold(process(i), ann, new BigDecimal("0.5")));

        assertThat(answers).extracting(Answer::status).containsOnly(201, 402);
        assertThat(answers).filteredOn(answer -> answer.status() == 201).hasSize(500);
        assertThat(accounts.held(ann)).isEqualByComparingTo("250");
        assertThat(accounts.peak(ann)).isEqualByComparingTo("250");
        accounts.mustGrantTheRest(process(1), ann, BigDecimal.ZERO);
        accounts.mustBalance();
        cluster.assertNoErrors();
    }

    /** Limits of the siblings and of the swarm, and between them a level without one. Some give back at once. */
    @Test
    void siblingsNeverExceedWhatIsAboveThem() {
        Accounts accounts = Accounts.make(cluster, "siblings");
        accounts.limit(accounts.swarm(), "100");
        String team = accounts.open("team", "t", accounts.swarm(), "null");
        List<String> sessions = IntStream.range(0, SIBLINGS)
                .mapToObj(number -> accounts.open("session", "s" + number, team, "20"))
                .toList();
        SplittableRandom random = new SplittableRandom(42);
        List<BigDecimal> amounts = IntStream.range(0, HOLDS)
                .mapToObj(i -> BigDecimal.valueOf(random.nextLong(1, 1_000_000), 6))
                .toList();

        List<Answer> answers = together(HOLDS, i -> {
            Answer held = accounts.hold(process(i), sessions.get(i % SIBLINGS), amounts.get(i));
            if (held.status() == 201 && i % 4 == 0) {
                expect(accounts.giveBack(process(i + 1), id(held.body())), 200);
            }
            return held;
        });

        assertThat(answers).extracting(Answer::status).containsOnly(201, 402);
        BigDecimal kept = IntStream.range(0, HOLDS)
                .filter(i -> answers.get(i).status() == 201 && i % 4 != 0)
                .mapToObj(amounts::get)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
        assertThat(accounts.held(accounts.swarm())).isEqualByComparingTo(kept);
        assertThat(accounts.peak(accounts.swarm())).isLessThanOrEqualTo(new BigDecimal("100"));
        assertThat(sessions)
                .allSatisfy(session -> assertThat(accounts.peak(session)).isLessThanOrEqualTo(new BigDecimal("20")));

        // At rest: what the session and the swarm both have is granted, to the last millionth.
        for (String session : sessions) {
            BigDecimal swarm = new BigDecimal("100").subtract(accounts.held(accounts.swarm()));
            BigDecimal own = new BigDecimal("20").subtract(accounts.held(session));
            accounts.mustGrantTheRest(process(0), session, swarm.min(own));
        }
        assertThat(accounts.held(accounts.swarm())).isEqualByComparingTo("100");
        accounts.mustBalance();
        cluster.assertNoErrors();
    }

    /** While 1,000 holds are being placed below it, an account gets its first limit: none of them escapes it. */
    @Test
    void aFirstLimitCountsWhatIsBeingHeld() {
        Accounts accounts = Accounts.make(cluster, "first");
        String ann = accounts.open("session", "ann", accounts.swarm(), "null");

        List<Answer> answers = together(HOLDS, i -> {
            if (i == HOLDS / 4) {
                accounts.limit(accounts.swarm(), "100");
            }
            return accounts.hold(process(i), ann, BigDecimal.ONE);
        });

        long granted = answers.stream().filter(answer -> answer.status() == 201).count();
        assertThat(answers).extracting(Answer::status).isSubsetOf(201, 402);
        assertThat(accounts.held(ann)).isEqualByComparingTo(BigDecimal.valueOf(granted));
        assertThat(accounts.read(process(2), accounts.swarm()).path("heldToday").decimalValue())
                .isEqualByComparingTo(BigDecimal.valueOf(granted));
        // More than the limit only if it was there before the limit.
        expect(accounts.hold(process(3), ann, new BigDecimal("100")), 402);
        accounts.mustBalance();
    }

    @Test
    void theWarningComesOnceHoweverManyCrossTheLine() {
        Accounts accounts = Accounts.make(cluster, "warning");
        accounts.limit(accounts.swarm(), "100");
        String ann = accounts.open("session", "ann", accounts.swarm(), "100");

        List<Answer> answers = together(120, i -> accounts.cost(process(i), ann, "1"));

        assertThat(answers).extracting(Answer::status).containsOnly(200);
        assertThat(accounts.spent(ann)).isEqualByComparingTo("120");
        for (String account : List.of(ann, accounts.swarm())) {
            assertThat(accounts.events(account, "budget-warned")).isEqualTo(1);
            assertThat(accounts.events(account, "breaker-opened")).isEqualTo(1);
        }
        expect(accounts.hold(process(0), ann, Accounts.A_MILLIONTH), 402);
        accounts.mustBalance();
    }

    private static Api process(int number) {
        return cluster.api(number % PROCESSES);
    }
}
