package io.infrafabric.relation;

import static io.infrafabric.relation.Debate.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.SmallBounds;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URI;
import java.util.List;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** What reaches further than one transaction may go is finished by the next ones. */
@QuarkusTest
@TestProfile(SmallBounds.class)
class UnsettledTest {
    // Each step waits for the sweep, and each relation turns over the whole chain below it.
    private static final int LENGTH = 7;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Test
    void a_chain_of_defeats_turns_over_in_steps() {
        Debate debate = new Debate(fabric, operator);
        for (int i = 0; i < LENGTH; i++) {
            debate.state("c" + i, 0.45 - i / 100.0, 0);
        }
        for (int i = LENGTH - 2; i > 0; i--) {
            debate.relate("c" + i, "contradicts", "c" + (i + 1));
        }
        await().atMost(PATIENCE).until(() -> alternates(debate, 1));
        JsonNode last = debate.relate("c0", "contradicts", "c1");
        assertThat(last.path("bounded").asBoolean()).isTrue();
        await().atMost(PATIENCE).until(() -> alternates(debate, 0));
    }

    private static boolean alternates(Debate debate, int first) {
        for (int i = first; i < LENGTH; i++) {
            if (!debate.standing("c" + i).equals((i - first) % 2 == 0 ? "ACCEPTED" : "REJECTED")) {
                return false;
            }
        }
        return true;
    }

    @Test
    void more_is_left_over_than_the_next_transaction_takes() {
        Debate debate = new Debate(fabric, operator);
        debate.state("first", 0.49, 0);
        debate.state("second", 0.47, 0);
        debate.state("third", 0.45, 0);
        List<String> weak = IntStream.range(0, 8).mapToObj(i -> "weak" + i).toList();
        weak.forEach(claim -> debate.state(claim, 0.3, 0));
        weak.forEach(claim -> debate.relate("third", "contradicts", claim));
        debate.relate("second", "contradicts", "third");
        await().atMost(PATIENCE).until(() -> all(debate, weak, "ACCEPTED"));
        // Three are looked at, and eight are left over, three of which are taken up at a time.
        JsonNode last = debate.relate("first", "contradicts", "second");
        assertThat(last.path("bounded").asBoolean()).isTrue();
        await().atMost(PATIENCE).until(() -> all(debate, weak, "REJECTED"));
    }

    private static boolean all(Debate debate, List<String> claims, String standing) {
        return claims.stream().allMatch(claim -> debate.standing(claim).equals(standing));
    }

    @Test
    void a_dispute_climbs_and_goes_in_steps() {
        Debate debate = new Debate(fabric, operator);
        debate.state("rival", 0.4, 0);
        for (int i = 0; i < LENGTH; i++) {
            debate.state("c" + i, 0.4, 0);
            if (i > 0) {
                debate.relate("c" + i, "depends_on", "c" + (i - 1));
            }
        }
        String top = "c" + (LENGTH - 1);
        JsonNode dispute = debate.relate("rival", "contradicts", "c0");
        await().atMost(PATIENCE).until(() -> debate.disputed(top));
        debate.remove(dispute);
        await().atMost(PATIENCE).until(() -> !debate.disputed(top));
        assertThat(debate.disputed("c5")).isFalse();
    }
}
