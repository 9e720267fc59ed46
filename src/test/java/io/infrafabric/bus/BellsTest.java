package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.redis.client.Command;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BellsTest {
    private final List<String> here = new CopyOnWriteArrayList<>();
    private final List<String> there = new CopyOnWriteArrayList<>();
    private BusBed bed;
    private BusBed beside;

    @BeforeEach
    void start() {
        bed = BusBed.fresh();
        beside = bed.beside();
        bed.bells.listen("tasks", here::add);
        beside.bells.listen("tasks", there::add);
        bed.bells.start(null);
        beside.bells.start(null);
    }

    @AfterEach
    void stop() {
        beside.close();
        bed.close();
    }

    /** A bell is lossy, so who must be heard rings until it is. */
    private void ringUntilHeard(String bell, String id) {
        await().until(() -> {
            bed.bells.ring(bell);
            return there.contains(id);
        });
    }

    @Test
    void ringsAtOnceHereAndSoonThere() {
        bed.bells.ring("tasks:swarm-0");
        assertThat(here).containsExactly("swarm-0");

        ringUntilHeard("tasks:swarm-1", "swarm-1");
    }

    @Test
    void theOwnEchoAndOtherBellsAreNotHeard() {
        ringUntilHeard("tasks:warm", "warm");
        here.clear();
        bed.bells.ring("inbox:s");
        bed.bells.ring("tasks:a");
        ringUntilHeard("tasks:b", "b");

        assertThat(here.stream().filter("a"::equals)).hasSize(1);
        assertThat(there).doesNotContain("s");
    }

    @Test
    void aLostConnectionIsReplaced() {
        ringUntilHeard("tasks:before", "before");

        bed.redis(Command.CLIENT, "KILL", "TYPE", "pubsub");

        ringUntilHeard("tasks:after", "after");
    }

    @Test
    void redisAwayFailsNothing() {
        bed.loseRedis();

        bed.bells.ring("tasks:alone");

        assertThat(here).containsExactly("alone");
    }

    @Test
    void aBrokenListenerDoesNotKeepOthersFromHearing() {
        bed.bells.listen("inbox", any -> {
            throw new IllegalStateException("broken");
        });
        bed.bells.listen("inbox", here::add);

        bed.bells.ring("inbox:s");

        assertThat(here).containsExactly("s");
    }
}
