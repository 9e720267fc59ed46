package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Examples.HALF_LIFE;
import static io.infrafabric.coordinator.Examples.NOW;
import static io.infrafabric.coordinator.Examples.session;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Wallets;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Claiming.Claimant;
import io.infrafabric.coordinator.claim.FairTurns.Clock;
import io.infrafabric.coordinator.claim.FairTurns.Line;
import io.infrafabric.coordinator.claim.Lanes.Look;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task.Dispatch;
import io.infrafabric.coordinator.task.Task.Requirements;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LanesTest {
    private static final Line RED = new Line("red", Priority.P2);

    private final List<Lane> lanes = new ArrayList<>();

    @Test
    void as_many_keys_are_looked_at_in_one_batch_as_have_their_turn_in_it() {
        for (int key = 0; key < 20; key++) {
            lane("k" + key);
        }
        assertThat(looked(20, Map.of())).containsOnlyKeys(keys(20));
    }

    @Test
    void a_key_that_weighs_more_is_looked_at_more_often() {
        for (int key = 0; key < 10; key++) {
            lane("k" + key);
        }
        lane("heavy");
        Map<String, Integer> looked = looked(20, Map.of(FreeKeys.of("red", "heavy"), 10.0));
        assertThat(looked.get("heavy")).isGreaterThanOrEqualTo(10);
        assertThat(looked).containsKeys(keys(10));
    }

    @Test
    void lanes_without_a_key_are_looked_at_in_the_order_of_their_heads() {
        lane(null);
        lane(null);
        lane(null);
        lane(null);
        assertThat(looks(20, FairTurns.NONE))
                .extracting(look -> look.lane().head())
                .containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void a_batch_looks_into_as_many_lanes_as_it_has_claims() {
        for (int lane = 0; lane < 100; lane++) {
            lane(null);
        }
        assertThat(looks(20, FairTurns.NONE)).hasSize(22);
    }

    private void lane(String fairBy) {
        int number = lanes.size();
        lanes.add(new Lane(
                "red",
                Priority.P2,
                number + 1,
                number,
                new Requirements(List.of(), List.of(), List.of()),
                new Dispatch(Priority.P2, null, null, List.of(), fairBy)));
    }

    private static String[] keys(int count) {
        return IntStream.range(0, count).mapToObj(key -> "k" + key).toArray(String[]::new);
    }

    /** How many tasks of each key so many claims look at. */
    private Map<String, Integer> looked(int claims, Map<String, Double> weights) {
        FairTurns turns = new FairTurns(Map.of(RED, new Clock(0, Map.of())), weights);
        Map<String, Integer> looked = new HashMap<>();
        looks(claims, turns).forEach(look -> looked.merge(look.lane().dispatch().fairBy(), look.tasks(), Integer::sum));
        return looked;
    }

    private List<Look> looks(int count, FairTurns turns) {
        List<Claim> claims = new ArrayList<>();
        Map<String, Claimant> claimants = new HashMap<>();
        Wallets wallets = new Wallets(null);
        for (int i = 0; i < count; i++) {
            Session session = session("s" + i);
            claims.add(new Claim(session.id(), null, null, Duration.ofMinutes(5), false, 1, false));
            wallets.with(session.id(), "50");
            claimants.put(session.id(), new Claimant(session, List.of(), false, null));
        }
        Lanes rule = new Lanes(
                lanes,
                Map.of(),
                wallets.locked(),
                new Lanes.Limits(FreeKeys.NONE, turns),
                new Lanes.Bounds(NOW, HALF_LIFE, false));
        return rule.pick(claims, claimants).looks();
    }
}
