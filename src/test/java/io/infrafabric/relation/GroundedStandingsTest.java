package io.infrafabric.relation;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.relation.GroundedStandings.Known;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tweetyproject.arg.dung.reasoner.SimpleGroundedReasoner;
import org.tweetyproject.arg.dung.semantics.Extension;
import org.tweetyproject.arg.dung.syntax.Argument;
import org.tweetyproject.arg.dung.syntax.Attack;
import org.tweetyproject.arg.dung.syntax.DungTheory;

/** Standings against the grounded extension of TweetyProject, which knows nothing of strengths: it is given the defeats. */
class GroundedStandingsTest {
    private static final int GRAPHS = 4000;
    private static final int CHANGES = 6;
    private static final int ALL = Integer.MAX_VALUE;

    /** A small graph, kept up to date by {@link GroundedStandings} alone. */
    private static final class Claims {
        final Map<Long, Double> strengths = new TreeMap<>();
        final Set<Long> againstThemselves = new TreeSet<>();
        final Map<Long, Set<Long>> rivals = new HashMap<>();
        final Map<Long, Standing> standings = new HashMap<>();
        int most = ALL;

        void state(long claim, double strength) {
            strengths.put(claim, strength);
            rivals.put(claim, new TreeSet<>());
            standings.put(claim, Standing.ACCEPTED);
        }

        void contradict(long one, long other) {
            if (one == other) {
                againstThemselves.add(one);
                update(Set.of(one));
            } else {
                rivals.get(one).add(other);
                rivals.get(other).add(one);
                update(Set.of(one, other));
            }
        }

        void agree(long one, long other) {
            if (one == other) {
                againstThemselves.remove(one);
                update(Set.of(one));
            } else {
                rivals.get(one).remove(other);
                rivals.get(other).remove(one);
                update(Set.of(one, other));
            }
        }

        void strength(long claim, double strength) {
            strengths.put(claim, strength);
            Set<Long> around = new HashSet<>(rivals.get(claim));
            around.add(claim);
            update(around);
        }

        /** The version before is not in the graph any more; the new one has no rivals. */
        void revise(long claim, double strength) {
            Set<Long> left = rivals.get(claim);
            left.forEach(rival -> rivals.get(rival).remove(claim));
            againstThemselves.remove(claim);
            state(claim, strength);
            update(left);
        }

        /** How many claims were looked at. */
        int update(Set<Long> dirty) {
            int loaded = 0;
            Set<Long> left = dirty;
            while (!left.isEmpty()) {
                GroundedStandings update = new GroundedStandings(most);
                update.dirty(left);
                update.settle();
                for (Set<Long> missing = update.missing(); !missing.isEmpty(); missing = update.missing()) {
                    loaded += missing.size();
                    for (long claim : missing) {
                        update.give(
                                known(claim),
                                rivals.get(claim).stream().map(this::known).toList());
                    }
                    update.settle();
                }
                update.changed()
                        .forEach((claim, now) -> assertThat(standings.put(claim, now))
                                .isEqualTo(update.before(claim))
                                .isNotEqualTo(now));
                left = update.left();
            }
            return loaded;
        }

        private Known known(long claim) {
            return new Known(claim, strengths.get(claim), againstThemselves.contains(claim), standings.get(claim));
        }

        /** What the other implementation makes of the defeats. */
        Map<Long, Standing> oracle() {
            DungTheory theory = new DungTheory();
            Map<Long, Argument> arguments = new HashMap<>();
            strengths.keySet().forEach(claim -> {
                Argument argument = new Argument("c" + claim);
                arguments.put(claim, argument);
                theory.add(argument);
            });
            againstThemselves.forEach(claim -> theory.add(new Attack(arguments.get(claim), arguments.get(claim))));
            rivals.forEach((claim, all) -> all.stream()
                    .filter(rival -> strengths.get(claim) >= strengths.get(rival))
                    .forEach(rival -> theory.add(new Attack(arguments.get(claim), arguments.get(rival)))));
            Extension<DungTheory> grounded = new SimpleGroundedReasoner().getModel(theory);
            Map<Long, Standing> expected = new HashMap<>();
            arguments.forEach((claim, argument) -> expected.put(
                    claim,
                    grounded.contains(argument)
                            ? Standing.ACCEPTED
                            : theory.isAttacked(argument, grounded) ? Standing.REJECTED : Standing.UNDECIDED));
            return expected;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {ALL, 2})
    void standings_are_those_of_grounded_semantics_also_after_changes(int most) {
        long seed = 20_261_123L + most;
        SplittableRandom random = new SplittableRandom(seed);
        for (int graph = 0; graph < GRAPHS / (most == ALL ? 1 : 4); graph++) {
            Claims claims = new Claims();
            claims.most = most;
            int size = random.nextInt(1, 12);
            int levels = random.nextInt(1, 5);
            for (long claim = 0; claim < size; claim++) {
                claims.state(claim, random.nextInt(levels) / 4.0);
            }
            int rivalries = random.nextInt(3 * size);
            for (int i = 0; i < rivalries; i++) {
                contradict(claims, random, size);
            }
            check(claims, "seed %d, graph %d", seed, graph);
            for (int change = 0; change < CHANGES; change++) {
                change(claims, random, size, levels);
                check(claims, "seed %d, graph %d, change %d", seed, graph, change);
            }
        }
    }

    private static void contradict(Claims claims, SplittableRandom random, int size) {
        long one = random.nextInt(size);
        // Few contradict themselves.
        long other = random.nextInt(10) == 0 ? one : random.nextInt(size);
        claims.contradict(one, other);
    }

    private static void change(Claims claims, SplittableRandom random, int size, int levels) {
        long claim = random.nextInt(size);
        switch (random.nextInt(4)) {
            case 0 -> contradict(claims, random, size);
            case 1 -> {
                List<Long> rivals = new ArrayList<>(claims.rivals.get(claim));
                claims.agree(claim, rivals.isEmpty() ? claim : rivals.get(random.nextInt(rivals.size())));
            }
            case 2 -> claims.strength(claim, random.nextInt(levels) / 4.0);
            default -> claims.revise(claim, random.nextInt(levels) / 4.0);
        }
    }

    private static void check(Claims claims, String where, Object... which) {
        assertThat(claims.standings).as(where, which).isEqualTo(claims.oracle());
    }

    @Test
    void equals_leave_each_other_undecided_and_the_stronger_one_wins() {
        Claims claims = new Claims();
        claims.state(1, 0.5);
        claims.state(2, 0.5);
        claims.contradict(1, 2);
        assertThat(claims.standings).containsEntry(1L, Standing.UNDECIDED).containsEntry(2L, Standing.UNDECIDED);
        claims.strength(1, 0.6);
        assertThat(claims.standings).containsEntry(1L, Standing.ACCEPTED).containsEntry(2L, Standing.REJECTED);
    }

    @Test
    void a_claim_whose_defeater_falls_is_reinstated() {
        Claims claims = new Claims();
        claims.state(1, 0.5);
        claims.state(2, 0.6);
        claims.state(3, 0.7);
        claims.contradict(1, 2);
        assertThat(claims.standings).containsEntry(1L, Standing.REJECTED);
        claims.contradict(2, 3);
        assertThat(claims.standings).containsEntry(1L, Standing.ACCEPTED).containsEntry(2L, Standing.REJECTED);
        claims.agree(2, 3);
        assertThat(claims.standings).containsEntry(1L, Standing.REJECTED).containsEntry(2L, Standing.ACCEPTED);
    }

    @Test
    void circles_of_equals_are_undecided_until_one_is_defeated_from_outside() {
        for (int length = 2; length < 8; length++) {
            Claims claims = new Claims();
            for (long claim = 0; claim < length; claim++) {
                claims.state(claim, 0.5);
            }
            for (long claim = 0; claim < length; claim++) {
                claims.contradict(claim, (claim + 1) % length);
            }
            assertThat(claims.standings.values()).containsOnly(Standing.UNDECIDED);
            claims.state(100, 0.9);
            claims.contradict(100, 0);
            check(claims, "circle of %d", length);
        }
    }

    @Test
    void who_contradicts_itself_is_undecided_or_rejected_and_never_accepted() {
        Claims claims = new Claims();
        claims.state(1, 0.9);
        claims.contradict(1, 1);
        claims.state(2, 0.5);
        claims.contradict(1, 2);
        assertThat(claims.standings).containsEntry(1L, Standing.UNDECIDED).containsEntry(2L, Standing.UNDECIDED);
        claims.state(3, 1);
        claims.contradict(1, 3);
        assertThat(claims.standings).containsEntry(1L, Standing.REJECTED).containsEntry(2L, Standing.ACCEPTED);
    }

    @Test
    void a_long_chain_turns_over_from_one_end_to_the_other() {
        int length = 10_000;
        Claims claims = new Claims();
        for (long claim = 0; claim <= length; claim++) {
            claims.state(claim, 1 - claim / (2.0 * length));
        }
        for (long claim = 1; claim < length; claim++) {
            claims.contradict(claim, claim + 1);
        }
        assertThat(claims.standings.get((long) length)).isEqualTo(Standing.REJECTED);
        claims.most = 700;
        claims.contradict(0, 1);
        for (long claim = 0; claim <= length; claim++) {
            assertThat(claims.standings.get(claim)).isEqualTo(claim % 2 == 0 ? Standing.ACCEPTED : Standing.REJECTED);
        }
    }

    @Test
    void only_what_a_difference_reaches_is_looked_at() {
        Claims claims = new Claims();
        SplittableRandom random = new SplittableRandom(7);
        int size = 20_000;
        for (long claim = 0; claim < size; claim++) {
            claims.state(claim, random.nextInt(4) / 4.0);
        }
        for (int i = 0; i < size; i++) {
            claims.contradict(random.nextInt(size), random.nextInt(size));
        }
        long sum = 0;
        for (int i = 0; i < 200; i++) {
            long one = random.nextInt(size);
            long other = random.nextInt(size);
            claims.rivals.get(one).add(other);
            claims.rivals.get(other).add(one);
            sum += claims.update(Set.of(one, other));
        }
        assertThat(sum / 200.0).as("claims loaded for a change, on average").isLessThan(50);
    }
}
