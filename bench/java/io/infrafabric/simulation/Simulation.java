package io.infrafabric.simulation;

import io.infrafabric.coordinator.session.Match;
import io.infrafabric.coordinator.session.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/** Plays everything and writes the page: {@code bash bench/simulate [page]}. The same code gives the same page. */
final class Simulation {
    private static final double NEVER = 1e9;

    private final Runs runs = Runs.load();
    private final Documented documented = runs.documented();
    private final List<List<String>> verdicts = new ArrayList<>();
    private final Page page = new Page();

    private Simulation() {}

    /** The page's path as the only argument. */
    static void main(String[] args) throws IOException {
        Simulation simulation = new Simulation();
        simulation.play();
        Files.writeString(Path.of(args[0]), simulation.page.toString());
    }

    private void play() {
        Assumptions given = onTheExample(Assumptions.USUAL);
        Assumptions harder = onTheBoard(Assumptions.USUAL);
        head(given);
        example(given);
        help("Help, calibrated on the seed's example", given);
        help("Help, calibrated on the whole board", harder);
        humans(given, harder);
        sensitivity(given, harder);
        new Boards(runs, page, given).play();
        verdict();
    }

    private void head(Assumptions given) {
        page.say("# Simulation of help and stealing");
        page.say("Written by `bash bench/simulate`; do not edit. " + Runs.SEEDS + " seeds (1 to " + Runs.SEEDS
                + ") for the seven documented sessions, " + Runs.SEEDS_LARGE + " for " + Runs.LARGE
                + " sessions. Figures are means over seeds; nine of ten seeds lie within the brackets. Time is simulated, in"
                + " hours. The rules are the product's own classes (`rescue`, `coordinator` and `stealing`); everything else is"
                + " assumed:");
        page.say("""
                - A session's real skills differ from what it declares: a declared capability is real with probability %.2f, and
                  an undeclared one exists with %.2f. Skill for a need is 5/8 the share of its domains and 3/8 that of its tools.
                - A helper is of use with probability `1 / (1 + exp(-%.0f * (skill - half)))`. `half` is calibrated, see below.
                - A useful helper needs %.1f h on average (exponential). A useless one is found out after %.2f h; three of them
                  then cost 4 where three others cost 3, as in the seed's example. It also costs the blocked session %.2f h. All
                  are paid by the hour for as long as they help.
                - A blocked session helps itself after %.0f h on average (exponential). A human answers a case after %.0f h
                  (exponential), and that ends it. *Random* sends helpers as long as somebody is left; *then a human* asks one
                  when nobody is. *Matched* asks a human if nobody fits, and takes that back once somebody who fits has time: the
                  product reconsiders such blockers together with all others.
                - Each session is blocked %.2f times an hour (Poisson) by a need of a random task of the documented board. It
                  always holds 0 to n-1 of n tasks of its own. Nobody declines.
                - *Waste* is the share of the cost of help that went to useless helpers. All policies meet the same blockers.
                - *Faster* is `1 - mean time / mean time with random help`. The brackets show it seed by seed. (Their mean would
                  estimate it too low where times vary; another random help would then be "slower".)
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
                        runs.help(Runs.SMALL, Policy.RANDOM, tried), result -> result.all().waste())
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
        page.say("## The seed's example");
        page.say("Session 4 was stuck (needs: sip, h323, webrtc, ndi) and six others were sent; 4 of the 7 dollars were wasted: the"
                + " 57 %%. With `half` = %.3f a random helper of the six wastes %.1f %%. The product's rule says:"
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
        page.table(rows);
        page.say("Nobody alone can solve a blocker that needs four protocols when each session knows one. The rule asks a human"
                + " instead, who may split it. Nothing is wasted then, and the time is the human's.");
    }

    private void help(String title, Assumptions given) {
        page.say("## " + title);
        page.say("`half` = %.3f.".formatted(given.half()));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("sessions", "who is sent", "waste", "time to the end", "faster", "asked a human", "US$ a blocker"));
        List<List<String>> parts = new ArrayList<>();
        parts.add(List.of(
                "sessions", "blockers", "share", "waste, random", "waste, matched", "time, random", "time, matched", "faster",
                "asked a human", "random: ended by somebody below 0.70"));
        for (int size : List.of(Runs.SMALL, Runs.LARGE)) {
            Map<Policy, List<Help.Result>> all = new EnumMap<>(Policy.class);
            for (Policy policy : Policy.values()) {
                if (size == Runs.SMALL || policy != Policy.EVERYBODY) {
                    all.put(policy, runs.help(size, policy, given));
                }
            }
            List<Help.Result> random = all.get(Policy.RANDOM);
            List<Help.Result> matched = all.get(Policy.MATCHED);
            all.forEach((policy, results) -> rows.add(List.of(
                    "%,d".formatted(size),
                    policy.shown(),
                    Spread.of(results, result -> result.all().waste()).percent(),
                    Spread.of(results, result -> result.all().hours()).hours(),
                    faster(random, results, Help.Result::all).percent(),
                    Spread.of(results, result -> result.all().escalated()).percent(),
                    "%.2f".formatted(Spread.of(results, result -> result.all().cost()).mean()))));
            parts.add(part(size, "all", random, matched, Help.Result::all));
            parts.add(part(size, "somebody scores 0.70", random, matched, Help.Result::fitting));
            parts.add(part(size, "nobody does", random, matched, Help.Result::others));
            verdicts.add(verdict(title, size, "all", random, matched, Help.Result::all));
            verdicts.add(verdict(title, size, "somebody scores 0.70", random, matched, Help.Result::fitting));
        }
        page.table(rows);
        page.say("The same blockers, split by whether another session of the swarm scores 0.70 for them as declared (busy or not, so"
                + " the split is the same for every policy). The product sends helpers only if one does.");
        page.table(parts);
    }

    private static List<String> part(
            int size,
            String name,
            List<Help.Result> random,
            List<Help.Result> matched,
            Function<Help.Result, Help.Figures> part) {
        double share = Spread.of(matched, result -> part.apply(result).count()).mean()
                / Spread.of(matched, result -> result.all().count()).mean();
        return List.of(
                "%,d".formatted(size),
                name,
                "%.1f %%".formatted(100 * share),
                Spread.of(random, result -> part.apply(result).waste()).percent(),
                Spread.of(matched, result -> part.apply(result).waste()).percent(),
                Spread.of(random, result -> part.apply(result).hours()).hours(),
                Spread.of(matched, result -> part.apply(result).hours()).hours(),
                faster(random, matched, part).percent(),
                Spread.of(matched, result -> part.apply(result).escalated()).percent(),
                Spread.of(random, result -> part.apply(result).unfit()).percent());
    }

    /** How much faster: 25 % is three quarters of the mean time; and seed by seed between what nine of ten lie. */
    private static Spread faster(
            List<Help.Result> before, List<Help.Result> after, Function<Help.Result, Help.Figures> part) {
        List<Double> gains = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            gains.add(1
                    - part.apply(after.get(i)).hours() / part.apply(before.get(i)).hours());
        }
        Spread spread = Spread.of(gains, gain -> gain);
        double mean = 1
                - Spread.of(after, result -> part.apply(result).hours()).mean()
                        / Spread.of(before, result -> part.apply(result).hours()).mean();
        return new Spread(mean, spread.low(), spread.high());
    }

    /** One row against the seed's targets: waste below 10 %, and at least 25 % faster. */
    private static List<String> verdict(
            String title,
            int size,
            String blockers,
            List<Help.Result> random,
            List<Help.Result> matched,
            Function<Help.Result, Help.Figures> part) {
        double waste = Spread.of(matched, result -> part.apply(result).waste()).mean();
        double faster = faster(random, matched, part).mean();
        return List.of(
                title,
                "%,d".formatted(size),
                blockers,
                "%.1f %%: %s".formatted(100 * waste, waste < 0.05 ? "aim met" : waste < 0.10 ? "target met" : "missed"),
                "%.1f %%: %s"
                        .formatted(100 * faster, faster >= 0.40 ? "aim met" : faster >= 0.25 ? "target met" : "missed"));
    }

    private void verdict() {
        page.say("## Against the targets");
        page.say("Waste below 10 % (aim: 5 %); time to the end at least 25 % less than with random help (aim: 40 %).");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("part", "sessions", "blockers", "waste", "faster"));
        rows.addAll(verdicts);
        page.table(rows);
        page.say("Why the times differ: if nobody scores 0.70, nobody is sent. The blocked session waits for a human or helps"
                + " itself, so the human's time decides. This is frequent among seven specialists and rare among many sessions. If somebody"
                + " does, the fabric is faster, though with seven sessions by less than the target: the one or two that fit are often busy"
                + " or blocked themselves, while random help finds some use in sessions below 0.70, as the calibration on the seed's example"
                + " demands (a session that knows one of the four protocols is useful more often than not). A lower limit is faster and"
                + " wastes more; 0.70 is the seed's number, and stays.");
    }

    private void humans(Assumptions given, Assumptions harder) {
        page.say("## How long a human takes");
        page.say("Seven sessions. If nobody can be sent, the human's time decides, so the comparison depends on what is assumed"
                + " about humans. *Random* asks no human; *then a human* asks one when nobody is left to be sent.");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "calibrated on", "a human answers in", "random", "then a human", "matched", "faster than random",
                "than random, then a human", "faster where somebody scores 0.70"));
        Map<String, Assumptions> bases = new LinkedHashMap<>();
        bases.put("the example", given);
        bases.put("the board", harder);
        bases.forEach((name, base) -> {
            List<Help.Result> random = runs.help(Runs.SMALL, Policy.RANDOM, base);
            for (double hours : List.of(0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0, NEVER)) {
                Assumptions assumed = base.human(hours);
                List<Help.Result> asking = runs.help(Runs.SMALL, Policy.RANDOM_THEN_HUMAN, assumed);
                List<Help.Result> matched = runs.help(Runs.SMALL, Policy.MATCHED, assumed);
                rows.add(List.of(
                        name,
                        hours == NEVER ? "never" : "%.2f h".formatted(hours),
                        Spread.of(random, result -> result.all().hours()).hours(),
                        Spread.of(asking, result -> result.all().hours()).hours(),
                        Spread.of(matched, result -> result.all().hours()).hours(),
                        faster(random, matched, Help.Result::all).percent(),
                        faster(asking, matched, Help.Result::all).percent(),
                        faster(random, matched, Help.Result::fitting).percent()));
            }
        });
        page.table(rows);
    }

    private void sensitivity(Assumptions given, Assumptions harder) {
        page.say("## When the assumptions move");
        page.say("Seven sessions. If the usefulness of helpers changes, `half` is calibrated again on the example. *Faster* compares"
                + " the matched time with random.");
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
        variants.put("a human answers in 1 h", given.human(1));
        variants.put("... never", given.human(NEVER));
        variants.put("three times as many blockers", given.blockers(0.15));
        variants.put("asked from a score of 0.80 on", given.least(0.80));
        variants.put("asked from a score of 0.60 on", given.least(0.60));
        variants.put("asked from a score of 0.50 on", given.least(0.50));
        variants.put("calibrated on the board", harder);
        variants.put("calibrated on the board, asked from 0.60 on", harder.least(0.60));
        variants.put("calibrated on the board, a human never answers", harder.human(NEVER));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "assumed", "waste, random", "waste, matched", "faster", "faster where somebody scores enough", "asked a human"));
        variants.forEach((name, assumed) -> {
            List<Help.Result> random = runs.help(Runs.SMALL, Policy.RANDOM, assumed);
            List<Help.Result> matched = runs.help(Runs.SMALL, Policy.MATCHED, assumed);
            rows.add(List.of(
                    name,
                    Spread.of(random, result -> result.all().waste()).percent(),
                    Spread.of(matched, result -> result.all().waste()).percent(),
                    faster(random, matched, Help.Result::all).percent(),
                    faster(random, matched, Help.Result::fitting).percent(),
                    Spread.of(matched, result -> result.all().escalated()).percent()));
        });
        page.table(rows);
    }
}
