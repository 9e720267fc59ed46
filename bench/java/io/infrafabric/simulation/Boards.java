package io.infrafabric.simulation;

import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.simulation.Documented.Item;
import io.infrafabric.simulation.Work.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The part of the page about stealing: how long boards of tasks take with it and without. */
record Boards(Runs runs, Page page, Assumptions given) {
    /** Of the large board; dealt out as unevenly as the documented one. */
    private static final int TASKS_A_SESSION = 4;

    private static final Rules STEALING = new Rules(5, 0.70, 1);

    /** Plays them and writes about it. */
    void play() {
        page.say("## Makespan with stealing and without");
        page.say("Each session does what is assigned to it on the documented board, one task at a time unless said otherwise. A task"
                + " takes its estimate, times luck (log-normal, 0.3), times 1 to 2 the less its session can do it. Without"
                + " stealing everything stays with its assignee; with it those who are idle look every half hour (really: at"
                + " once, and every 2 s).");
        List<Item> critical =
                runs.documented().board().stream().filter(item -> !item.filler()).toList();
        List<Item> independent = critical.stream()
                .map(item -> new Item(
                        item.id(), item.need(), item.priority(), item.hours(), List.of(), item.assignee(), false))
                .toList();
        List<Item> all = runs.documented().board();
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
        page.table(rows);
    }

    private void makespan(
            List<List<String>> rows, String board, String assumed, List<Item> items, Rules rules, Assumptions given) {
        Rules without = new Rules(null, rules.minScore(), rules.hands());
        int size = items == null ? Runs.LARGE : Runs.SMALL;
        int seeds = items == null ? Runs.SEEDS_LARGE : Runs.SEEDS;
        record Both(Work.Result without, Work.Result with) {}
        List<Both> results = Runs.results(seeds, seed -> {
            Swarm swarm = runs.swarm(size, given, seed);
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
            Item like = runs.documented().board().get(random.nextInt(runs.documented().board().size()));
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
}
