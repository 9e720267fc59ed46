package io.infrafabric.rescue;

import static io.infrafabric.rescue.Examples.HALF_LIFE;
import static io.infrafabric.rescue.Examples.NOW;
import static io.infrafabric.rescue.Examples.TERMS;
import static io.infrafabric.rescue.Examples.after;
import static io.infrafabric.rescue.Examples.can;
import static io.infrafabric.rescue.Examples.session;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.infrafabric.coordinator.session.Match.Need;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.rescue.Ranking.LeftOut;
import io.infrafabric.rescue.Ranking.Terms;
import io.infrafabric.rescue.Ranking.Why;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RankingTest {
    private static final Need SIP = Need.of(List.of("sip"), List.of());

    @Test
    void the_best_comes_first() {
        Candidate done =
                after(can("zoe", List.of("sip"), List.of()), Map.of("sip", Outcomes.NONE.and(true, NOW, HALF_LIFE)));
        Candidate failed =
                after(can("ann", List.of("sip"), List.of()), Map.of("sip", Outcomes.NONE.and(false, NOW, HALF_LIFE)));
        Candidate fresh = can("bob", List.of("sip"), List.of());
        assertThat(fits(SIP, List.of(failed, fresh, done))).containsExactly("zoe", "bob", "ann");
    }

    @Test
    void exactly_seven_tenths_is_asked_and_a_millionth_less_is_not() {
        // All of one domain, one of three tools, a newcomer: 0.50 + 0.10 + 0.10.
        Need need = Need.of(List.of("sip"), List.of("a", "b", "c"));
        Candidate exactly = can("ann", List.of("sip"), List.of("b"));
        assertThat(fits(need, List.of(exactly))).containsExactly("ann");
        assertThat(Ranking.of(need, null, Set.of(), List.of(exactly), NOW, TERMS)
                        .fits()
                        .getFirst()
                        .score())
                .isEqualTo(0.70);
        // As many outcomes as it takes to be a millionth below.
        Outcomes little = new Outcomes(0, 0.00002, NOW);
        Ranking less = Ranking.of(need, null, Set.of(), List.of(after(exactly, Map.of("sip", little))), NOW, TERMS);
        assertThat(less.fits()).isEmpty();
        assertThat(less.leftOut().getFirst().parts().score()).isEqualTo(0.699999);
    }

    @Test
    void ties_go_to_less_load_then_lower_cost_then_id() {
        List<Candidate> all = new ArrayList<>(List.of(
                can("ann", List.of("sip"), List.of(), null, 3, 0),
                can("bob", List.of("sip"), List.of(), "4", 3, 1),
                can("dan", List.of("sip"), List.of(), "9", 3, 0),
                can("eve", List.of("sip"), List.of(), "4.00", 3, 0),
                can("cid", List.of("sip"), List.of(), "4", 3, 0)));
        for (int seed = 0; seed < 20; seed++) {
            Collections.shuffle(all, new Random(seed));
            assertThat(fits(SIP, all)).containsExactly("cid", "eve", "dan", "ann", "bob");
        }
    }

    @Test
    void it_says_why_somebody_is_left_out() {
        Candidate well = can("well", List.of("sip"), List.of());
        List<Candidate> all = List.of(
                can("self", List.of("sip"), List.of()),
                can("asked", List.of("sip"), List.of()),
                new Candidate(
                        session("lost", List.of("sip"), List.of(), "5", 3, Session.State.LOST),
                        Map.of(),
                        0,
                        false,
                        false),
                new Candidate(well.session(), Map.of(), 0, true, false),
                new Candidate(
                        session("poor", List.of("sip"), List.of(), "5", 3, Session.State.LIVE),
                        Map.of(),
                        0,
                        false,
                        true),
                can("busy", List.of("sip"), List.of(), "5", 2, 2),
                can("other", List.of("cli"), List.of()));
        Ranking ranking = Ranking.of(SIP, "self", Set.of("asked"), all, NOW, TERMS);
        assertThat(ranking.fits()).isEmpty();
        assertThat(ranking.leftOut())
                .extracting(LeftOut::session, LeftOut::why)
                .containsExactly(
                        tuple("asked", Why.ASKED_BEFORE),
                        tuple("busy", Why.FULLY_LOADED),
                        tuple("lost", Why.LOST),
                        tuple("other", Why.SCORE_TOO_LOW),
                        tuple("poor", Why.OVER_BUDGET),
                        tuple("self", Why.ITSELF),
                        tuple("well", Why.BLOCKED));
        assertThat(ranking.leftOut().get(3).parts().score()).isEqualTo(0.40);
    }

    @Test
    void where_nothing_is_needed_everybody_can_help() {
        Ranking ranking = Ranking.of(
                Need.of(List.of(), List.of()), null, Set.of(), List.of(can("ann", List.of(), List.of())), NOW, TERMS);
        assertThat(ranking.fits().getFirst().score()).isEqualTo(0.90);
    }

    @Test
    void five_hundred_capabilities_in_any_script_are_counted_exactly() {
        List<String> many =
                IntStream.range(0, 500).mapToObj(i -> "Können-能力-🛠-" + i).toList();
        Candidate most = can("ann", many.subList(0, 400), many);
        // 400 of 500 domains: 0.40 + 0.30 + 0.10.
        Ranking ranking = Ranking.of(Need.of(many, many), null, Set.of(), List.of(most), NOW, TERMS);
        assertThat(ranking.fits().getFirst().score()).isEqualTo(0.80);
        Terms strict = new Terms(0.80, HALF_LIFE);
        assertThat(Ranking.of(Need.of(many, many), null, Set.of(), List.of(most), NOW, strict)
                        .fits())
                .hasSize(1);
    }

    private static List<String> fits(Need need, List<Candidate> candidates) {
        return Ranking.of(need, null, Set.of(), candidates, NOW, TERMS).fits().stream()
                .map(fit -> fit.candidate().id())
                .toList();
    }
}
