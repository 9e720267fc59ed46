package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A keeper that goes on calling keeps a session alive, and not its work: an agent that hangs loses it after three times
 * {@code stallSeconds}, and one that works slowly does not. The process to which all hooks came is killed in between.
 */
@Tag("proof")
class HungAgentIT {
    private static final int STALL = 5;

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("hung", 2, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void aHungAgentBehindALivingKeeperLosesItsTaskAndASlowOneDoesNot() throws Exception {
        Swarm swarm = Swarm.enrol(cluster, "hung", 3, Map.of("stallSeconds", STALL));
        Member hung = swarm.member(0);
        Member slow = swarm.member(1);
        Member busy = swarm.member(2);
        swarm.submit(cluster.api(0), 0, 3, Map.of());
        Grant hungs = begin(hung, "hung-0");
        Grant slows = begin(slow, "hung-1");
        Grant busys = begin(busy, "hung-2");
        // It runs one tool all the time; the other one's tools are short.
        hook(cluster.api(0), slow, "PreToolUse");

        AtomicReference<Api> gateway = new AtomicReference<>(cluster.api(0));
        CountDownLatch over = new CountDownLatch(1);
        Thread keeper = Thread.startVirtualThread(() -> {
            while (!isOver(over)) {
                swarm.members().forEach(member -> unlessKilled(() -> member.heartbeat(gateway.get())));
                unlessKilled(() -> hook(gateway.get(), busy, "PreToolUse"));
                unlessKilled(() -> hook(gateway.get(), busy, "PostToolUse"));
            }
        });
        try {
            await().atMost(Cluster.PATIENCE).until(() -> notices(hung).contains("stalled"));
            cluster.process(0).kill();
            gateway.set(cluster.api(1));
            await().atMost(Cluster.PATIENCE.multipliedBy(2))
                    .until(() -> notices(hung).contains("leaseLost"));
        } finally {
            over.countDown();
            keeper.join();
        }
        Answer late = hung.complete(cluster.api(1), hungs);
        assertThat(late.code()).isEqualTo("IF_ERR_STALE_EPOCH");
        assertThat(late.body().path("reason").asText()).isEqualTo("STALLED");
        assertThat(cluster.api(1)
                        .get("/coordinator/sessions/" + hung.id(), hung.token())
                        .body()
                        .path("state")
                        .asText())
                .isEqualTo("LIVE");
        assertThat(notices(slow)).doesNotContain("stalled");
        // A machine that stands still may have it asked, and not more.
        assertThat(notices(busy)).doesNotContain("leaseLost");
        hook(cluster.api(1), slow, "PostToolUse");
        assertThat(slow.complete(cluster.api(1), slows).status()).isEqualTo(200);
        assertThat(busy.complete(cluster.api(1), busys).status()).isEqualTo(200);
    }

    private static boolean isOver(CountDownLatch over) {
        try {
            return over.await(100, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private static void unlessKilled(Runnable call) {
        try {
            call.run();
        } catch (Api.NoAnswer killed) {
            // The next call goes to the other process.
        }
    }

    /** The agent joins, and its lease of a few seconds lives as long as its session does. */
    private static Grant begin(Member member, String task) {
        Answer start = hook(cluster.api(0), member, "SessionStart");
        assertThat(start.body().toString()).contains("You are " + member.id());
        Answer granted = member.claim(cluster.api(0), Map.of("taskId", task, "keep", true, "leaseSeconds", 20));
        assertThat(granted.status()).as("%s", granted.body()).isEqualTo(201);
        return Grant.of(granted);
    }

    private static Answer hook(Api gateway, Member member, String event) {
        Answer answer = gateway.post(
                "/gateway/hooks/claude", Map.of("hook_event_name", event, "tool_name", "Read"), member.token());
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
        return answer;
    }

    private static List<String> notices(Member member) {
        return cluster.texts("SELECT type FROM coordinator_inbox WHERE session = ? ORDER BY seq", member.id());
    }
}
