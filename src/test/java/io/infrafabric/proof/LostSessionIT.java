package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A session that is not heard of any more loses its tasks to others, and comes too late when it comes back. */
@Tag("proof")
class LostSessionIT {
    private static final Map<String, Integer> WAIT = Map.of("waitSeconds", 50);

    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("lost", 2, Map.of());
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void silenceEndsItsLeases() {
        Swarm frozen = Swarm.enrol(cluster, "silence", 2, Map.of("heartbeatSeconds", 2));
        Member silent = frozen.member(0);
        Member other = frozen.member(1);
        frozen.submit(cluster.api(0), 0, 1, Map.of());
        Grant grant = silent.mustClaim(cluster.api(0), "silence-0", 3600);

        // The other one is alive, since it waits.
        Answer taken = other.claim(cluster.api(1), WAIT);

        assertThat(taken.status()).isEqualTo(201);
        assertThat(Grant.of(taken).epoch()).isGreaterThan(grant.epoch());
        assertThat(state(silent)).isEqualTo("LOST");
        assertThat(state(other)).isEqualTo("LIVE");
        assertStale(silent.complete(cluster.api(1), grant), "SESSION_LOST");
        assertThat(other.complete(cluster.api(0), Grant.of(taken)).status()).isEqualTo(200);
        assertThat(frozen.look(cluster.api(0), "silence-0").path("attempts").asInt())
                .isEqualTo(1);

        Answer back = silent.heartbeat(cluster.api(0));
        assertThat(back.body().path("state").asText()).isEqualTo("LIVE");
        JsonNode told = silent.inbox(cluster.api(0), 0).body().path("items");
        assertThat(told).hasSize(1);
        assertThat(told.get(0).path("type").asText()).isEqualTo("leaseLost");
        cluster.assertNoErrors();
    }

    @Test
    void aLeaseThatIsNotRenewedEndsAlthoughItsHolderLives() {
        Swarm swarm = Swarm.enrol(cluster, "slow", 2, Map.of());
        swarm.submit(cluster.api(0), 0, 1, Map.of());
        Grant grant = swarm.member(0).mustClaim(cluster.api(0), "slow-0", 1);

        Answer taken = swarm.member(1).claim(cluster.api(1), WAIT);

        assertThat(taken.status()).isEqualTo(201);
        assertThat(state(swarm.member(0))).isEqualTo("LIVE");
        assertStale(swarm.member(0).renew(cluster.api(1), grant, 60), "LEASE_EXPIRED");
        assertStale(swarm.member(0).complete(cluster.api(1), grant), "LEASE_EXPIRED");
    }

    @Test
    void whatWasAssignedToItIsForEverybody() {
        Swarm swarm = Swarm.enrol(cluster, "orphans", 2, Map.of("heartbeatSeconds", 2));
        swarm.submit(cluster.api(0), 0, 1, Map.of("assignee", swarm.member(0).id()));

        Answer taken = swarm.member(1).claim(cluster.api(1), WAIT);

        assertThat(taken.status()).isEqualTo(201);
        await("it is known to be lost")
                .atMost(Cluster.PATIENCE)
                .until(() -> state(swarm.member(0)).equals("LOST"));
        assertThat(swarm.steps("unassigned")).isEqualTo(1);
    }

    private static String state(Member member) {
        return cluster.texts("SELECT state FROM coordinator_session WHERE id = ?", member.id())
                .getFirst();
    }

    private static void assertStale(Answer late, String reason) {
        assertThat(late.status()).as("%s", late.body()).isEqualTo(409);
        assertThat(late.code()).isEqualTo("IF_ERR_STALE_EPOCH");
        assertThat(late.body().path("reason").asText()).isEqualTo(reason);
        assertThat(late.body().path("whatToDo").asText()).isNotEmpty();
    }
}
