package io.infrafabric.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.consensus.Opening.Elector;
import io.infrafabric.consensus.Opening.Frozen;
import io.infrafabric.consensus.Opening.Loosened;
import io.infrafabric.consensus.Opening.Member;
import io.infrafabric.consensus.Opening.OutOfBounds;
import io.infrafabric.consensus.Opening.Usual;
import io.infrafabric.consensus.Opening.Wish;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OpeningTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Usual USUAL = new Usual(
            7,
            new BigDecimal("0.50"),
            new BigDecimal("0.80"),
            Duration.ofHours(1),
            Duration.ofDays(7),
            new BigDecimal("0.5"),
            1000);
    private static final Wish NOTHING = new Wish(null, null, null, null, null, null);

    private static List<Member> live(int count) {
        return new ArrayList<>(IntStream.range(0, count)
                .mapToObj(number -> new Member(new Elector("s" + number, "p", "m"), true))
                .toList());
    }

    private static List<String> names(int count) {
        return IntStream.range(0, count).mapToObj(number -> "s" + number).toList();
    }

    private static Opening bySession(Wish wish, List<Member> members) {
        return Opening.decide(wish, USUAL, members, false, NOW);
    }

    private static Opening byOperator(Wish wish, List<Member> members) {
        return Opening.decide(wish, USUAL, members, true, NOW);
    }

    @Test
    void without_a_wish_all_live_sessions_vote_by_the_usual_rules() {
        List<Member> members = live(8);
        members.add(new Member(new Elector("lost", null, null), false));
        assertThat(bySession(NOTHING, members)).isInstanceOfSatisfying(Frozen.class, frozen -> {
            assertThat(frozen.electors()).extracting(Elector::session).containsExactlyElementsOf(names(8));
            assertThat(frozen.rules().quorum()).isEqualTo(7);
            assertThat(frozen.rules().majority()).isEqualByComparingTo("0.5");
            assertThat(frozen.rules().supermajority()).isEqualByComparingTo("0.8");
            assertThat(frozen.rules().closesAt()).isEqualTo(NOW.plus(Duration.ofHours(1)));
            assertThat(frozen.rules().sealed()).isFalse();
            assertThat(frozen.rules().minIndependent()).isNull();
        });
    }

    @Test
    void a_quorum_above_the_electorate_is_refused_naming_both() {
        assertThat(bySession(NOTHING, live(6))).isEqualTo(new Opening.QuorumAboveElectorate(7, 6));
        assertThat(byOperator(NOTHING, live(6))).isEqualTo(new Opening.QuorumAboveElectorate(7, 6));
        assertThat(bySession(new Wish(null, 9, null, null, null, null), live(8)))
                .isEqualTo(new Opening.QuorumAboveElectorate(9, 8));
        assertThat(byOperator(NOTHING, List.of())).isEqualTo(new Opening.QuorumAboveElectorate(7, 0));
    }

    @Test
    void a_session_may_tighten() {
        Wish tighter =
                new Wish(null, 8, new BigDecimal("0.9"), NOW.plus(Duration.ofHours(2)), true, new BigDecimal("2.5"));
        assertThat(bySession(tighter, live(8))).isInstanceOfSatisfying(Frozen.class, frozen -> {
            assertThat(frozen.rules().quorum()).isEqualTo(8);
            assertThat(frozen.rules().supermajority()).isEqualByComparingTo("0.9");
            assertThat(frozen.rules().sealed()).isTrue();
            assertThat(frozen.rules().minIndependent()).isEqualByComparingTo("2.5");
        });
    }

    @Test
    void only_an_operator_may_loosen() {
        List<Wish> loose = List.of(
                new Wish(null, 6, null, null, null, null),
                new Wish(null, null, new BigDecimal("0.79"), null, null, null),
                new Wish(null, null, null, NOW.plusSeconds(3599), null, null),
                new Wish(names(7), null, null, null, null, null));
        List<String> fields = List.of("quorum", "supermajority", "closesAt", "electorate");
        for (int i = 0; i < loose.size(); i++) {
            String field = fields.get(i);
            assertThat(bySession(loose.get(i), live(8)))
                    .isInstanceOfSatisfying(
                            Loosened.class,
                            refused -> assertThat(refused.field()).isEqualTo(field));
            assertThat(byOperator(loose.get(i), live(8))).isInstanceOf(Frozen.class);
        }
    }

    @Test
    void a_session_may_ask_lost_ones_besides_the_live() {
        List<Member> members = live(7);
        members.add(new Member(new Elector("lost", null, null), false));
        List<String> all = new ArrayList<>(names(7));
        all.add("lost");
        assertThat(bySession(new Wish(all, null, null, null, null, null), members))
                .isInstanceOfSatisfying(
                        Frozen.class, frozen -> assertThat(frozen.electors()).hasSize(8));
    }

    @Test
    void electors_are_sessions_of_the_swarm() {
        assertThat(byOperator(new Wish(List.of("s1", "x", "y"), 1, null, null, null, null), live(2)))
                .isEqualTo(new Opening.UnknownElectors(List.of("x", "y")));
    }

    @Test
    void the_closing_time_lies_ahead_and_within_a_week() {
        for (Instant wrong :
                List.of(NOW.minusSeconds(1), NOW, NOW.plus(Duration.ofDays(7)).plusNanos(1000))) {
            assertThat(byOperator(new Wish(null, null, null, wrong, null, null), live(7)))
                    .isInstanceOfSatisfying(
                            OutOfBounds.class, out -> assertThat(out.field()).isEqualTo("closesAt"));
        }
        for (Instant right : List.of(NOW.plusNanos(1000), NOW.plus(Duration.ofDays(7)))) {
            assertThat(byOperator(new Wish(null, null, null, right, null, null), live(7)))
                    .isInstanceOf(Frozen.class);
        }
    }

    @Test
    void nobody_asks_for_more_independent_voters_than_there_are_electors() {
        assertThat(bySession(new Wish(null, null, null, null, null, new BigDecimal("7.5")), live(7)))
                .isInstanceOf(OutOfBounds.class);
    }
}
