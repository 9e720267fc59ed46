package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.Api.NoAnswer;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A process is killed between hold and settle, again and again: what nobody settles expires, what somebody settles is booked
 * once, whichever process it is told, and all else is back.
 */
@Tag("proof")
class HoldKillIT {
    private static final int PROCESSES = 2;
    private static final int CLIENTS = 16;
    private static final int HOLDS_BEFORE_KILL = 60;
    private static final int TTL_SECONDS = 2;
    private static final BigDecimal AMOUNT = new BigDecimal("0.03");
    private static final BigDecimal COST = new BigDecimal("0.02");

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("holdkill", PROCESSES, Map.of("s2.bus.reader.claim-idle", "5s"));
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void moneyIsBackAfterAKill() {
        kill("few", 2);
    }

    @Test
    @Tag("soak")
    void moneyIsBackAfterManyKills() {
        kill("many", 15);
    }

    private static void kill(String name, int kills) {
        Accounts accounts = Accounts.make(cluster, name);
        accounts.limit(accounts.swarm(), "500");
        String ann = accounts.open("session", "ann", accounts.swarm(), "500");
        int settled = 0;
        for (int i = 0; i < kills; i++) {
            int victim = i % PROCESSES;
            cluster.process(victim).awaitReady();
            settled += spendUntilKilled(accounts, ann, victim);
            cluster.again(victim);
        }
        assertThat(settled).isPositive();
        for (int process = 0; process < PROCESSES; process++) {
            cluster.process(process).awaitReady();
        }
        accounts.awaitNothingHeld(accounts.swarm());
        BigDecimal spent = COST.multiply(BigDecimal.valueOf(settled));
        assertThat(accounts.spent(accounts.swarm())).isEqualByComparingTo(spent);
        assertThat(accounts.entries(ann, "SETTLE")).isEqualTo(settled);
        assertThat(accounts.entries(ann, "EXPIRE")).isPositive();
        assertThat(cluster.count("SELECT count(*) FROM budget_hold WHERE account = ? AND state = 'PLACED'", ann))
                .isZero();
        accounts.mustGrantTheRest(cluster.api(0), ann, new BigDecimal("500").subtract(spent));
        accounts.mustBalance();
        assertThat(cluster.deadLetters()).isZero();
        cluster.assertNoErrors();
    }

    /**
     * Clients hold and settle at that process until it is killed. Every other one dies with it; the others tell the other
     * process what they have spent, until they have an answer.
     *
     * @return how many holds were settled
     */
    private static int spendUntilKilled(Accounts accounts, String account, int victim) {
        Queue<String> surprises = new ConcurrentLinkedQueue<>();
        AtomicInteger placed = new AtomicInteger();
        AtomicInteger settled = new AtomicInteger();
        CountDownLatch killed = new CountDownLatch(1);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            boolean dies = i % 2 == 0;
            clients.add(Thread.ofVirtual().start(() -> {
                try {
                    while (killed.getCount() > 0) {
                        String hold = Accounts.id(
                                expect(accounts.hold(cluster.api(victim), account, AMOUNT, TTL_SECONDS), 201));
                        placed.incrementAndGet();
                        if (!dies) {
                            settle(accounts, hold, victim);
                            settled.incrementAndGet();
                        }
                    }
                } catch (NoAnswer theProcessIsDead) {
                    // Its hold, if there is one, expires.
                } catch (RuntimeException | AssertionError surprise) {
                    surprises.add(surprise.toString());
                }
            }));
        }
        await("holds are being placed")
                .atMost(Cluster.PATIENCE)
                .until(() -> placed.get() >= HOLDS_BEFORE_KILL || !surprises.isEmpty());
        cluster.process(victim).kill();
        killed.countDown();
        clients.forEach(HoldKillIT::join);
        assertThat(surprises).isEmpty();
        return settled.get();
    }

    /** At the one process as long as it answers, then at the other one. */
    private static void settle(Accounts accounts, String hold, int victim) {
        Answer answer;
        try {
            answer = accounts.settle(cluster.api(victim), hold, COST.toPlainString());
        } catch (NoAnswer died) {
            int other = (victim + 1) % PROCESSES;
            answer = accounts.settle(cluster.process(other).awaitReady().api(), hold, COST.toPlainString());
        }
        expect(answer, 200);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
