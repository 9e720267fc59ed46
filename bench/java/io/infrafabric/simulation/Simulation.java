package io.infrafabric.simulation;

import io.infrafabric.coordinator.Match;
import io.infrafabric.coordinator.Match.Need;
import io.infrafabric.coordinator.Priority;
import io.infrafabric.coordinator.Session;
import io.infrafabric.simulation.Documented.Item;
import io.infrafabric.simulation.Work.Rules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Plays everything and writes the page: {@code bash bench/simulate [page]}. The same code gives the same page. */
final class Simulation {
    private static final int SEEDS = 100;
    private static final int SEEDS_LARGE = 100;
    private static final int LARGE = 1000;
    private static final double HORIZON = 100;
    private static final double HORIZON_LARGE = 2;
    /** Of the large board; dealt out as unevenly as the documented one. */
    private static final int TASKS_A_SESSION = 4;

    private static final Rules STEALING = new Rules(5, 0.70, 1);

    private final Documented documented = Documented.load();
    private final List<Need> needs = documented.board().stream().map(Item::need).toList();
    private final List<List<String>> verdicts = new ArrayList<>();
    private final StringBuilder page = new StringBuilder();

    private Simulation() {}

    /** The page's path as the only argument. */
    static void main(String[] args) throws IOException {
        Simulation simulation = new Simulation();
        simulation.play();
        Files.writeString(Path.of(args[0]), simulation.page);
    }

    private void play() {
        Assumptions given = onTheExample(Assumptions.USUAL);
        Assumptions harder = onTheBoard(Assumptions.USUAL);
        head(given);
        example(given);
        help("Help, calibrated on the seed's example", given);
        help("Help, calibrated on the whole board", harder);
        sensitivity(given, harder);
        boards(given);
        verdict();
    }

    private void head(Assumptions given) {
        say("# Simulation of help and stealing");
        say("Written by `bash bench/simulate`; do not edit. " + SEEDS + " seeds (1 to " + SEEDS
                + ") for the seven documented sessions, " + SEEDS_LARGE + " for " + LARGE
                + " sessions. Figures are means over seeds, in brackets what nine of ten seeds lie between. Time is"
                + " simulated, in hours; the rules are the product's own classes (`rescue.Ranking`, `rescue.Assignment`,"
                + " `coordinator.Match`, `stealing.Choice`), everything else is assumed:");
        say("""
                - A session's real skills differ from what it declares: a declared capability is real with %.2f, one that is
                  not declared is there with %.2f. Skill for a need is 5/8 the share of its domains and 3/8 that of its tools.
                - A helper is of use with `1 / (1 + exp(-%.0f * (skill - half)))`. `half` is calibrated, see below.
                - A useful helper needs %.1f h on average (exponential); one of no use is found out after %.2f h, which is
                  what makes three of them cost 4 where three others cost 3, as in the seed's example. It costs the blocked
                  session %.2f h besides. All are paid by the hour for as long as they help.
                - A blocked session helps itself after %.0f h on average (exponential). A human answers a case after %.0f h.
                - Each session is blocked %.2f times an hour (Poisson) by a need of a task of the documented board, drawn at
                  random. It holds 0 to n-1 of n tasks of its own all the time. Nobody declines.
                - *Waste* is the share of what help cost that went to helpers of no use. All policies meet the same blockers.
                - *Against random* and *faster* are worked out seed by seed, `1 - time / time with random help`, and then
                  averaged, which is harder on a policy whose times vary than the ratio of the mean times.
                """.formatted(
                        given.honest(),
                        given.hidden(),
                        given.steepness(),
                        given.helpHours(),
                        given.wrongHours(),
                        given.distraction(),
                        given.aloneHours(),
                        given.humanHours(),
                        given.blockersPerHour())
                .strip());
    }

    /** Finds {@code half} so that random help wastes what it did in the seed's example, with skills as they are declared. */
    private Assumptions onTheExample(Assumptions given) {
        return bisected(given, this::wasteOfTheExample);
    }

    /** The same over the whole board, for every pair of a session and a task, with skills that are not what is declared. */
    private Assumptions onTheBoard(Assumptions given) {
        return bisected(given, tried -> Spread.of(
                        results(SEEDS, seed -> Help.play(
                                swarm(7, tried, seed), needs, Policy.RANDOM, tried, HORIZON, seed)),
                        Help.Result::waste)
                .mean());
    }

    private static Assumptions bisected(Assumptions given, Function<Assumptions, Double> waste) {
        double low = 0;
        double high = 1.5;
        for (int i = 0; i < 14; i++) {
            double middle = (low + high) / 2;
            if (waste.apply(given.half(middle)) < Documented.WASTE) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return given.half(low);
    }

    private double wasteOfTheExample(Assumptions given) {
        double wasted = 0;
        double cost = 0;
        for (Session session : documented.sessions()) {
            if (!session.id().equals(Documented.STUCK)) {
                double useful = given.useful(asDeclared(session));
                wasted += (1 - useful) * given.wrongHours();
                cost += (1 - useful) * given.wrongHours() + useful * given.helpHours();
            }
        }
        return wasted / cost;
    }

    private double asDeclared(Session session) {
        Assumptions plain = Assumptions.USUAL.skills(1, 0);
        return Swarm.of(documented, 7, plain, new Random(1)).skill(session.id(), Documented.STUCK_ON);
    }

    private void example(Assumptions given) {
        say("## The seed's example");
        say("Session 4 was stuck (needs: sip, h323, webrtc, ndi), six others were sent, 4 of the 7 dollars were of no use:"
                + " the 57 %%. With `half` = %.3f a random helper of the six wastes %.1f %%. What the product's rule says:"
                        .formatted(given.half(), 100 * wasteOfTheExample(given)));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("session", "skill as declared", "of use with", "score", "asked"));
        for (Session session : documented.sessions()) {
            if (!session.id().equals(Documented.STUCK)) {
                double score = Match.score(
                                Documented.STUCK_ON, session, Map.of(), Documented.START, Duration.ofDays(7))
                        .score();
                rows.add(List.of(
                        session.id(),
                        "%.2f".formatted(asDeclared(session)),
                        "%.2f".formatted(given.useful(asDeclared(session))),
                        "%.3f".formatted(score),
                        score >= 0.70 ? "yes" : "no"));
            }
        }
        table(rows);
        say("A blocker that needs four protocols of which each session knows one is for nobody alone: the rule asks nobody and"
                + " a human is asked, who may split it. Waste is then nothing, and the time is the human's.");
    }

    private void help(String title, Assumptions given) {
        say("## " + title);
        say("`half` = %.3f.".formatted(given.half()));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("sessions", "who is sent", "waste", "time to the end", "against random", "asked a human", "US$ a blocker"));
        for (int size : List.of(7, LARGE)) {
            Map<Policy, List<Help.Result>> all = new EnumMap<>(Policy.class);
            for (Policy policy : Policy.values()) {
                if (size == 7 || policy != Policy.EVERYBODY) {
                    all.put(policy, played(size, policy, given));
                }
            }
            verdicts.add(verdict(title, size, all));
            all.forEach((policy, results) -> rows.add(List.of(
                    "%,d".formatted(size),
                    policy.shown(),
                    Spread.of(results, Help.Result::waste).percent(),
                    Spread.of(results, Help.Result::hours).hours(),
                    faster(all.get(Policy.RANDOM), results).percent(),
                    Spread.of(results, Help.Result::escalated).percent(),
                    "%.2f".formatted(Spread.of(results, Help.Result::cost).mean()))));
        }
        table(rows);
    }

    /** One row against the seed's targets: waste below 10 %, and at least 25 % faster. */
    private static List<String> verdict(String title, int size, Map<Policy, List<Help.Result>> all) {
        double waste = Spread.of(all.get(Policy.MATCHED), Help.Result::waste).mean();
        double faster = faster(all.get(Policy.RANDOM), all.get(Policy.MATCHED)).mean();
        return List.of(
                title,
                "%,d".formatted(size),
                "%.1f %%: %s".formatted(100 * waste, waste < 0.05 ? "aim met" : waste < 0.10 ? "target met" : "missed"),
                "%.1f %%: %s"
                        .formatted(100 * faster, faster >= 0.40 ? "aim met" : faster >= 0.25 ? "target met" : "missed"));
    }

    private void verdict() {
        say("## Against the targets");
        say("Waste below 10 % (aim: 5 %); time to the end at least 25 % less than with random help (aim: 40 %).");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("part", "sessions", "waste", "faster"));
        rows.addAll(verdicts);
        table(rows);
        say("What makes the difference in time: where nobody scores 0.70 nobody is sent, and the blocked session waits for"
                + " a human or helps itself. Among seven specialists that is often so, among many it is rare.");
    }

    private List<Help.Result> played(int size, Policy policy, Assumptions given) {
        return results(
                size == 7 ? SEEDS : SEEDS_LARGE,
                seed -> Help.play(
                        swarm(size, given, seed), needs, policy, given, size == 7 ? HORIZON : HORIZON_LARGE, seed));
    }

    private Swarm swarm(int size, Assumptions given, long seed) {
        return Swarm.of(documented, size, given, new Random(seed));
    }

    /** How much faster, seed by seed: 25 % is three quarters of the time. */
    private static Spread faster(List<Help.Result> before, List<Help.Result> after) {
        List<Double> gains = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            gains.add(1 - after.get(i).hours() / before.get(i).hours());
        }
        return Spread.of(gains, gain -> gain);
    }

    private void sensitivity(Assumptions given, Assumptions harder) {
        say("## When the assumptions move");
        say("Seven sessions. Where the use of helpers is assumed otherwise, `half` is calibrated anew on the example. *Faster*"
                + " is the matched time against random in the same seeds.");
        Map<String, Assumptions> variants = new LinkedHashMap<>();
        variants.put("as above", given);
        variants.put("skill hardly matters (steepness 4)", onTheExample(Assumptions.USUAL.steepness(4)));
        variants.put("skill matters less (steepness 8)", onTheExample(Assumptions.USUAL.steepness(8)));
        variants.put("skill decides (steepness 24)", onTheExample(Assumptions.USUAL.steepness(24)));
        variants.put("all declared is real, nothing is hidden", given.skills(1, 0));
        variants.put("a third of what is declared is not real", given.skills(2.0 / 3, 0.05));
        variants.put("half of what is declared is not real", given.skills(0.5, 0.05));
        variants.put("much is hidden (0.2)", given.skills(0.9, 0.2));
        variants.put("a wrong helper is found out in half the time", given.times(2.0 / 3, 0.25, 6, 4));
        variants.put("... in twice the time", given.times(8.0 / 3, 0.25, 6, 4));
        variants.put("a wrong helper costs the blocked session 1 h", given.times(4.0 / 3, 1, 6, 4));
        variants.put("a blocked session helps itself in 3 h", given.times(4.0 / 3, 0.25, 3, 4));
        variants.put("... in 24 h", given.times(4.0 / 3, 0.25, 24, 4));
        variants.put("a human answers in 1 h", given.times(4.0 / 3, 0.25, 6, 1));
        variants.put("... never", given.times(4.0 / 3, 0.25, 6, 1e9));
        variants.put("three times as many blockers", given.blockers(0.15));
        variants.put("asked from a score of 0.80 on", given.least(0.80));
        variants.put("asked from a score of 0.60 on", given.least(0.60));
        variants.put("asked from a score of 0.50 on", given.least(0.50));
        variants.put("calibrated on the board", harder);
        variants.put("calibrated on the board, asked from 0.60 on", harder.least(0.60));
        variants.put("calibrated on the board, a human never answers", harder.times(4.0 / 3, 0.25, 6, 1e9));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("assumed", "waste, random", "waste, matched", "faster", "asked a human"));
        variants.forEach((name, assumed) -> {
            List<Help.Result> random = played(7, Policy.RANDOM, assumed);
            List<Help.Result> matched = played(7, Policy.MATCHED, assumed);
            rows.add(List.of(
                    name,
                    Spread.of(random, Help.Result::waste).percent(),
                    Spread.of(matched, Help.Result::waste).percent(),
                    faster(random, matched).percent(),
                    Spread.of(matched, Help.Result::escalated).percent()));
        });
        table(rows);
    }

    private void boards(Assumptions given) {
        say("## Makespan with stealing and without");
        say("Each session does what is assigned to it on the documented board, one task at a time unless said otherwise. A task"
                + " takes its estimate, times luck (log-normal, 0.3), times 1 to 2 the less its session can do it. Without"
                + " stealing everything stays with its assignee; with it those who are idle look every half hour (really: at"
                + " once, and every 2 s).");
        List<Item> critical =
                documented.board().stream().filter(item -> !item.filler()).toList();
        List<Item> independent = critical.stream()
                .map(item -> new Item(
                        item.id(), item.need(), item.priority(), item.hours(), List.of(), item.assignee(), false))
                .toList();
        List<Item> all = documented.board();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("board", "assumed", "without", "with", "shorter", "stolen"));
        makespan(rows, "28 critical tasks", "", critical, STEALING, given);
        makespan(rows, "28 critical tasks", "no dependencies (18 of 28 with two sessions)", independent, STEALING, given);
        makespan(rows, "28 critical tasks", "owners keep 1", critical, new Rules(1, 0.70, 1), given);
        makespan(rows, "28, no dependencies", "owners keep 1", independent, new Rules(1, 0.70, 1), given);
        makespan(rows, "28, no dependencies", "owners keep 1, any score", independent, new Rules(1, 0, 1), given);
        makespan(rows, "all 56 tasks", "", all, STEALING, given);
        makespan(rows, "all 56 tasks", "owners keep 1", all, new Rules(1, 0.70, 1), given);
        makespan(rows, "all 56 tasks", "skill does not matter for the time", all, STEALING, given.slow(0));
        makespan(rows, "all 56 tasks", "an unskilled session takes four times as long", all, STEALING, given.slow(3));
        makespan(rows, "all 56 tasks", "as many at a time as each may hold", all, new Rules(5, 0.70, 0), given);
        makespan(rows, "1,000 sessions, 4,000 tasks", "as unevenly dealt out", null, STEALING, given);
        table(rows);
    }

    private void makespan(
            List<List<String>> rows, String board, String assumed, List<Item> items, Rules rules, Assumptions given) {
        Rules without = new Rules(null, rules.minScore(), rules.hands());
        int size = items == null ? LARGE : 7;
        int seeds = items == null ? SEEDS_LARGE : SEEDS;
        record Both(Work.Result without, Work.Result with) {}
        List<Both> results = results(seeds, seed -> {
            Swarm swarm = swarm(size, given, seed);
            List<Item> dealt = items == null ? dealt(swarm, new Random(seed)) : items;
            return new Both(
                    Work.play(swarm, dealt, without, given, seed), Work.play(swarm, dealt, rules, given, seed));
        });
        rows.add(List.of(
                board,
                assumed.isEmpty() ? "owners keep 5, score at least 0.70" : assumed,
                Spread.of(results, both -> both.without().makespan()).hours(),
                Spread.of(results, both -> both.with().makespan()).hours(),
                Spread.of(results, both -> 1 - both.with().makespan() / both.without().makespan())
                        .percent(),
                "%.1f".formatted(Spread.of(results, both -> both.with().stolen()).mean())));
    }

    /** Two of seven sessions get 18 of 28 tasks; what each needs is like what a task of the board needs. */
    private List<Item> dealt(Swarm swarm, Random random) {
        List<Session> sessions = swarm.sessions();
        int busy = sessions.size() * 2 / 7;
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < sessions.size() * TASKS_A_SESSION; i++) {
            Item like = documented.board().get(random.nextInt(documented.board().size()));
            int owner = random.nextDouble() < 18.0 / 28
                    ? random.nextInt(busy)
                    : busy + random.nextInt(sessions.size() - busy);
            items.add(new Item(
                    "t" + i,
                    like.need(),
                    Priority.valueOf("P" + random.nextInt(4)),
                    like.hours(),
                    List.of(),
                    sessions.get(owner).id(),
                    false));
        }
        return items;
    }

    private static <T> List<T> results(int seeds, Function<Long, T> play) {
        return IntStream.rangeClosed(1, seeds)
                .parallel()
                .mapToObj(seed -> play.apply((long) seed))
                .toList();
    }

    private void say(String text) {
        page.append(text).append("\n\n");
    }

    private void table(List<List<String>> rows) {
        for (int i = 0; i < rows.size(); i++) {
            page.append("| ").append(String.join(" | ", rows.get(i))).append(" |\n");
            if (i == 0) {
                page.append("|").append("---|".repeat(rows.getFirst().size())).append('\n');
            }
        }
        page.append(String.format(Locale.ROOT, "%n"));
    }
}
