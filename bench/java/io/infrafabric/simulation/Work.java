package io.infrafabric.simulation;

import io.infrafabric.coordinator.published.Backlog;
import io.infrafabric.coordinator.published.Backlog.Entry;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.task.Task.Requirements;
import io.infrafabric.simulation.Documented.Item;
import io.infrafabric.stealing.Choice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A board that is worked off, as discrete events: each session does what is queued for it, by priority and age, and steals
 * (or not) when there is nothing. A task takes its estimate, times luck, and longer for somebody who cannot do it well.
 */
final class Work {
    private static final int QUEUES = 5;
    private static final int LOOKED_AT = 50;
    /** Of the logarithm of what a task takes against its estimate. */
    private static final double LUCK = 0.3;
    /** Those who found nothing look again after that, in hours: far less often than they really do. */
    private static final double LOOK_EVERY = 0.5;

    /**
     * How the board is played.
     *
     * @param keep queued tasks that an owner keeps; {@code null} for no stealing
     * @param minScore least score of a thief
     * @param hands tasks that a session does at a time; 0 for as many as it may hold
     */
    record Rules(Integer keep, double minScore, int hands) {}

    /** Hours until all is done, and how many tasks were stolen. */
    record Result(double makespan, int stolen) {}

    private record Finished(double at, long order, Session by, Item task) {
        static final Comparator<Finished> IN_TIME =
                Comparator.comparingDouble(Finished::at).thenComparingLong(Finished::order);
    }

    private final Swarm swarm;
    private final Rules rules;
    private final Assumptions given;
    private final Map<String, Item> items = new HashMap<>();
    private final Map<String, Double> luck = new HashMap<>();
    private final Map<String, Integer> seq = new HashMap<>();
    private final Map<String, TreeSet<Item>> queues = new TreeMap<>();
    private final Map<String, Set<String>> waitsFor = new HashMap<>();
    private final Map<String, List<String>> dependants = new HashMap<>();
    private final Map<String, Integer> free = new HashMap<>();
    private final PriorityQueue<Finished> running = new PriorityQueue<>(Finished.IN_TIME);
    private double now;
    private double nextLook;
    private long order;
    private int stolen;

    private Work(Swarm swarm, Rules rules, Assumptions given) {
        this.swarm = swarm;
        this.rules = rules;
        this.given = given;
    }

    /** Plays a board; dependencies on tasks that are not in it count as done. */
    static Result play(Swarm swarm, List<Item> board, Rules rules, Assumptions given, long seed) {
        Work work = new Work(swarm, rules, given);
        Random random = new Random(seed);
        for (Item item : board) {
            work.items.put(item.id(), item);
            work.seq.put(item.id(), work.seq.size());
            work.luck.put(item.id(), Math.exp(LUCK * random.nextGaussian()));
        }
        for (Session session : swarm.sessions()) {
            work.queues.put(
                    session.id(),
                    new TreeSet<>(Comparator.comparing(Item::priority)
                            .thenComparingInt(item -> work.seq.get(item.id()))));
            work.free.put(session.id(), rules.hands() == 0 ? session.maxConcurrentTasks() : rules.hands());
        }
        for (Item item : board) {
            Set<String> waits = new HashSet<>(item.dependsOn());
            waits.retainAll(work.items.keySet());
            work.waitsFor.put(item.id(), waits);
            waits.forEach(on -> work.dependants
                    .computeIfAbsent(on, none -> new ArrayList<>())
                    .add(item.id()));
            if (waits.isEmpty()) {
                work.queues.get(item.assignee()).add(item);
            }
        }
        return work.play();
    }

    private Result play() {
        begin();
        int done = 0;
        while (!running.isEmpty()) {
            Finished finished = running.poll();
            now = finished.at();
            done++;
            free.merge(finished.by().id(), 1, Integer::sum);
            for (String id : dependants.getOrDefault(finished.task().id(), List.of())) {
                waitsFor.get(id).remove(finished.task().id());
                if (waitsFor.get(id).isEmpty()) {
                    queues.get(items.get(id).assignee()).add(items.get(id));
                }
            }
            begin();
        }
        if (done < items.size()) {
            throw new IllegalStateException(items.size() - done + " tasks could never begin");
        }
        return new Result(now, stolen);
    }

    /** Everybody who has a hand free takes what is there for it; owners before thieves. */
    private void begin() {
        for (Session session : swarm.sessions()) {
            while (free.get(session.id()) > 0 && !queues.get(session.id()).isEmpty()) {
                begin(session, queues.get(session.id()).pollFirst());
            }
        }
        if (rules.keep() != null && now >= nextLook) {
            nextLook = now + LOOK_EVERY;
            steal();
        }
    }

    /** All who are idle look, until nobody gets anything. */
    private void steal() {
        boolean more = true;
        List<Backlog> backlogs = backlogs();
        while (more && !backlogs.isEmpty()) {
            more = false;
            for (Session session : swarm.sessions()) {
                Optional<Choice> choice =
                        free.get(session.id()) > 0 ? choose(session, backlogs) : Optional.empty();
                if (choice.isPresent()) {
                    Item item = items.get(choice.get().task().id());
                    queues.get(choice.get().from()).remove(item);
                    begin(session, item);
                    backlogs = backlogs();
                    stolen++;
                    more = true;
                }
            }
        }
    }

    private Optional<Choice> choose(Session thief, List<Backlog> backlogs) {
        return Choice.of(
                backlogs,
                new Choice.Idle(thief, Map.of(), null),
                new Choice.Bounds(rules.keep(), rules.minScore(), Duration.ofDays(7)),
                Documented.START);
    }

    /** The longest queues, as many as are really looked at. */
    private List<Backlog> backlogs() {
        return queues.entrySet().stream()
                .filter(queue -> queue.getValue().size() > rules.keep())
                .sorted(Comparator.comparingInt((Map.Entry<String, TreeSet<Item>> queue) ->
                                queue.getValue().size())
                        .reversed()
                        .thenComparing(Map.Entry::getKey))
                .limit(QUEUES)
                .map(queue -> backlog(queue.getKey(), queue.getValue()))
                .toList();
    }

    private Backlog backlog(String owner, Set<Item> queue) {
        Priority least = queue.stream().map(Item::priority).max(Priority::compareTo).orElseThrow();
        List<Entry> tasks = new ArrayList<>();
        queue.stream()
                .sorted(Comparator.comparing(Item::priority)
                        .thenComparingInt(item -> seq.get(item.id()))
                        .reversed())
                .limit(LOOKED_AT)
                .forEach(item -> tasks.add(new Entry(
                        item.id(),
                        item.priority(),
                        seq.get(item.id()),
                        new Requirements(
                                List.copyOf(item.need().domains()),
                                List.copyOf(item.need().tools()),
                                List.of()),
                        null)));
        return new Backlog(owner, queue.size(), least, tasks);
    }

    private void begin(Session session, Item item) {
        free.merge(session.id(), -1, Integer::sum);
        double hours = item.hours()
                * luck.get(item.id())
                * (1 + given.slow() * (1 - swarm.skill(session.id(), item.need())));
        running.add(new Finished(now + hours, order++, session, item));
    }
}
