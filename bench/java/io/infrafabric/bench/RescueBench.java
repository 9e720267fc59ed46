package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.session.Match.Need;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.rescue.Assignment;
import io.infrafabric.rescue.Assignment.Wish;
import io.infrafabric.rescue.Candidate;
import io.infrafabric.rescue.Ranking;
import io.infrafabric.rescue.Ranking.Fit;
import io.infrafabric.rescue.Ranking.Terms;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * How long the rules of rescue take and how that grows: one match (one blocker against all sessions), and the assignment of
 * many blockers. No I/O: the rules as they are called in a transaction.
 */
@Tag("bench")
class RescueBench {
    private static final Instant NOW = Instant.parse("2026-01-02T12:00:00Z");
    private static final Duration HALF_LIFE = Duration.ofDays(7);
    private static final Terms TERMS = new Terms(0.70, HALF_LIFE);
    private static final int DOMAINS = 50;
    private static final int TOOLS = 30;
    private static final int ROUNDS = 5;

    @Test
    void rescue() {
        Report.section("rescue");
        int sessions = Sizes.BENCH_RESCUE_SESSIONS.get();
        int blockers = Math.min(Assignment.MOST, Sizes.BENCH_RESCUE_BLOCKERS.get());
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("sessions", "blockers", "one match, ms", "all matches, ms", "assignment, ms", "helped", "asked"));
        for (int part : new int[] {100, 10, 1}) {
            rows.add(measure(Math.max(10, sessions / part), Math.max(2, blockers / part)));
        }
        for (int part : new int[] {100, 10}) {
            rows.add(measure(sessions, Math.max(2, blockers / part)));
        }
        // As many blockers as there are who could help: here they compete.
        rows.add(measure(Math.max(10, sessions / 20), blockers));
        Report.table(rows);
        Report.say("Sessions with 3 to 8 of " + DOMAINS + " domains and 3 to 8 of " + TOOLS
                + " tools, up to three places; blockers that need one or two domains and one tool, two rescuers each."
                + " Medians of " + ROUNDS + " rounds.");
    }

    private static List<String> measure(int sessions, int blockers) {
        Random random = new Random(42);
        List<Candidate> candidates = IntStream.range(0, sessions)
                .mapToObj(i -> candidate(i, random))
                .toList();
        List<Need> needs = IntStream.range(0, blockers)
                .mapToObj(i -> Need.of(some("d", DOMAINS, 1, 2, random), some("t", TOOLS, 1, 1, random)))
                .toList();
        double one = millis(() -> Ranking.of(needs.getFirst(), null, Set.of(), candidates, NOW, TERMS));
        List<Wish> wishes = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < blockers; i++) {
            Ranking ranking = Ranking.of(needs.get(i), null, Set.of(), candidates, NOW, TERMS);
            wishes.add(new Wish("b" + i, 2, ranking.fits()));
        }
        double all = (System.nanoTime() - start) / 1e6;
        Map<String, List<Fit>> assigned = Assignment.of(wishes);
        double assignment = millis(() -> Assignment.of(wishes));
        Map<String, Integer> taken = new HashMap<>();
        assigned.values().forEach(fits -> fits.forEach(fit -> taken.merge(fit.candidate().id(), 1, Integer::sum)));
        candidates.forEach(candidate ->
                assertThat(taken.getOrDefault(candidate.id(), 0)).isLessThanOrEqualTo(candidate.free()));
        long helped = assigned.values().stream().filter(fits -> !fits.isEmpty()).count();
        int asked = assigned.values().stream().mapToInt(List::size).sum();
        return List.of(
                Integer.toString(sessions),
                Integer.toString(blockers),
                Figures.text(one),
                Figures.text(all),
                Figures.text(assignment),
                Long.toString(helped),
                Integer.toString(asked));
    }

    private static double millis(Supplier<?> what) {
        List<Long> nanos = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
            long start = System.nanoTime();
            assertThat(what.get()).isNotNull();
            nanos.add(System.nanoTime() - start);
        }
        return Figures.ofNanos(nanos).median();
    }

    private static Candidate candidate(int number, Random random) {
        List<String> domains = some("d", DOMAINS, 3, 8, random);
        Session session = new Session(
                "s" + number,
                "red",
                domains,
                some("t", TOOLS, 3, 8, random),
                "maker",
                "m1",
                BigDecimal.valueOf(1 + random.nextInt(9)),
                1 + random.nextInt(3),
                90,
                Session.State.LIVE,
                NOW,
                1,
                NOW,
                1);
        Map<String, Outcomes> outcomes = Map.of(
                domains.getFirst(), new Outcomes(random.nextInt(5), 5, NOW.minus(Duration.ofDays(random.nextInt(14)))));
        return new Candidate(session, outcomes, 0, false, false);
    }

    private static List<String> some(String prefix, int of, int least, int most, Random random) {
        return random.ints(0, of)
                .distinct()
                .limit(least + random.nextInt(most - least + 1))
                .mapToObj(i -> prefix + i)
                .toList();
    }
}
