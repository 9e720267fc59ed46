package io.infrafabric.simulation;

import io.infrafabric.coordinator.session.Match;
import io.infrafabric.coordinator.session.Match.Need;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.rescue.Assignment;
import io.infrafabric.rescue.Assignment.Wish;
import io.infrafabric.rescue.Candidate;
import io.infrafabric.rescue.Ranking;
import io.infrafabric.rescue.Ranking.Fit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Blockers of one swarm, as discrete events. A blocker opens; those whom the policy sends help or turn out to be of no use;
 * then the next are sent. It ends with the first useful help, when the blocked session has helped itself, or when a human
 * has answered. A human is asked where nobody is left who could be sent ({@link Policy#asksHumans}), and asked no more once
 * somebody can be sent after all: as in {@code rescue}, such a blocker is looked at with all others.
 */
final class Help {
    private static final Duration HALF_LIFE = Duration.ofDays(7);
    private static final int RESCUERS = 2;

    /**
     * What came of it.
     *
     * @param all of all blockers
     * @param fitting of those for which somebody else scored enough, as sessions declare themselves
     * @param others of those for which nobody did
     */
    record Result(Figures all, Figures fitting, Figures others) {
        private static Result of(List<Blocker> ended) {
            return new Result(
                    Figures.of(ended),
                    Figures.of(ended.stream().filter(blocker -> blocker.fitting).toList()),
                    Figures.of(ended.stream().filter(blocker -> !blocker.fitting).toList()));
        }
    }

    /**
     * Some blockers; all NaN where there were none.
     *
     * @param count of blockers
     * @param waste share of what help cost that was for helpers of no use; NaN if nobody helped
     * @param hours mean time from the opening of a blocker to its end
     * @param escalated share of blockers for which a human was asked
     * @param cost what help cost for each blocker, in US dollars
     * @param unfit share of blockers that ended by the help of somebody whom the rule would not have sent, as declared
     */
    record Figures(int count, double waste, double hours, double escalated, double cost, double unfit) {
        private static Figures of(List<Blocker> blockers) {
            double cost = blockers.stream().mapToDouble(blocker -> blocker.cost).sum();
            return new Figures(
                    blockers.size(),
                    blockers.stream().mapToDouble(blocker -> blocker.wasted).sum() / cost,
                    blockers.stream().mapToDouble(blocker -> blocker.hours).sum() / blockers.size(),
                    share(blockers, blocker -> blocker.cases > 0),
                    cost / blockers.size(),
                    share(blockers, blocker -> blocker.unfit));
        }
    }

    private static double share(List<Blocker> blockers, Predicate<Blocker> which) {
        return (double) blockers.stream().filter(which).count() / blockers.size();
    }

    private record Event(double at, long order, Runnable what) {
        static final Comparator<Event> IN_TIME =
                Comparator.comparingDouble(Event::at).thenComparingLong(Event::order);
    }

    private record Helping(Session helper, double since, boolean useful) {}

    private static final class Blocker {
        final String id;
        final Session blocked;
        final Need need;
        final double since;
        final Set<String> asked = new HashSet<>();
        final List<Helping> helping = new ArrayList<>();
        final boolean fitting;
        double aloneAt;
        boolean escalated;
        boolean over;
        boolean unfit;
        int cases;
        double hours;
        double cost;
        double wasted;

        Blocker(String id, Session blocked, Need need, boolean fitting, double since) {
            this.id = id;
            this.blocked = blocked;
            this.need = need;
            this.fitting = fitting;
            this.since = since;
        }
    }

    private final Swarm swarm;
    private final Policy policy;
    private final Assumptions given;
    private final Random luck;
    private final PriorityQueue<Event> events = new PriorityQueue<>(Event.IN_TIME);
    private final Set<Blocker> open = new LinkedHashSet<>();
    private final Map<String, Integer> helps = new HashMap<>();
    private final Map<String, Double> lastAsked = new HashMap<>();
    private final Map<String, Map<String, Outcomes>> outcomes = new HashMap<>();
    private double now;
    private long order;
    private final List<Blocker> blockers = new ArrayList<>();

    private Help(Swarm swarm, Policy policy, Assumptions given, long seed) {
        this.swarm = swarm;
        this.policy = policy;
        this.given = given;
        this.luck = new Random(seed);
    }

    /** Plays all blockers that open within that many hours to their ends. */
    static Result play(Swarm swarm, List<Need> needs, Policy policy, Assumptions given, double horizon, long seed) {
        Help help = new Help(swarm, policy, given, seed);
        // Blockers and how long they last alone are the same for every policy.
        Random fate = new Random(seed);
        double rate = given.blockersPerHour() * swarm.sessions().size();
        for (double at = exponential(1 / rate, fate); at < horizon; at += exponential(1 / rate, fate)) {
            Session blocked = swarm.sessions().get(fate.nextInt(swarm.sessions().size()));
            Need need = needs.get(fate.nextInt(needs.size()));
            double alone = exponential(given.aloneHours(), fate);
            help.at(at, () -> help.opens(blocked, need, alone));
        }
        while (!help.events.isEmpty()) {
            Event event = help.events.poll();
            help.now = event.at();
            event.what().run();
        }
        return Result.of(help.blockers);
    }

    private void at(double time, Runnable what) {
        events.add(new Event(time, order++, what));
    }

    private void opens(Session blocked, Need need, double alone) {
        Blocker blocker = new Blocker("b" + blockers.size(), blocked, need, somebodyFits(blocked, need), now);
        blockers.add(blocker);
        blocker.aloneAt = now + alone;
        open.add(blocker);
        at(blocker.aloneAt, () -> alone(blocker));
        send();
    }

    private boolean somebodyFits(Session blocked, Need need) {
        return swarm.sessions().stream()
                .filter(session -> !session.id().equals(blocked.id()))
                .anyMatch(session -> fits(session, need));
    }

    private boolean fits(Session session, Need need) {
        return Match.score(need, session, Map.of(), Documented.START, HALF_LIFE).score() >= given.least();
    }

    private void alone(Blocker blocker) {
        if (!blocker.over && blocker.aloneAt > now) {
            at(blocker.aloneAt, () -> alone(blocker));
        } else {
            ends(blocker);
        }
    }

    private void ends(Blocker blocker) {
        if (blocker.over) {
            return;
        }
        blocker.over = true;
        open.remove(blocker);
        blocker.hours = now - blocker.since;
        List.copyOf(blocker.helping).forEach(helping -> stops(blocker, helping));
        send();
    }

    private void stops(Blocker blocker, Helping helping) {
        if (!blocker.helping.remove(helping)) {
            return;
        }
        Session helper = helping.helper();
        helps.merge(helper.id(), -1, Integer::sum);
        double price = (now - helping.since()) * helper.hourlyCost().doubleValue();
        blocker.cost += price;
        blocker.wasted += helping.useful() ? 0 : price;
        Map<String, Outcomes> known = outcomes.computeIfAbsent(helper.id(), none -> new HashMap<>());
        for (String domain : blocker.need.domains()) {
            known.merge(
                    domain,
                    Outcomes.NONE.and(helping.useful(), instant(), HALF_LIFE),
                    (before, one) -> before.and(helping.useful(), instant(), HALF_LIFE));
        }
    }

    private void helps(Blocker blocker, Session helper) {
        boolean useful = luck.nextDouble() < given.useful(swarm.skill(helper.id(), blocker.need));
        Helping helping = new Helping(helper, now, useful);
        blocker.escalated = false;
        blocker.asked.add(helper.id());
        blocker.helping.add(helping);
        helps.merge(helper.id(), 1, Integer::sum);
        lastAsked.put(helper.id(), now);
        if (useful) {
            at(now + exponential(given.helpHours(), luck), () -> {
                if (blocker.helping.contains(helping)) {
                    blocker.unfit = !fits(helper, blocker.need);
                    ends(blocker);
                }
            });
        } else {
            blocker.aloneAt += given.distraction();
            at(now + given.wrongHours(), () -> {
                stops(blocker, helping);
                send();
            });
        }
    }

    private void send() {
        if (policy == Policy.MATCHED) {
            matched();
            return;
        }
        for (Blocker blocker : List.copyOf(open)) {
            int wanted = policy == Policy.EVERYBODY
                    ? swarm.sessions().size()
                    : RESCUERS - blocker.helping.size();
            if (wanted > 0) {
                List<Session> free = free(blocker);
                free.subList(0, Math.min(wanted, free.size())).forEach(helper -> helps(blocker, helper));
                if (policy.asksHumans()) {
                    escalateIfAlone(blocker);
                }
            }
        }
    }

    /** A human is asked, unless somebody helps, or one is asked already. */
    private void escalateIfAlone(Blocker blocker) {
        if (blocker.helping.isEmpty() && !blocker.escalated) {
            blocker.escalated = true;
            int number = ++blocker.cases;
            at(now + exponential(given.humanHours(), luck), () -> {
                if (blocker.escalated && blocker.cases == number) {
                    ends(blocker);
                }
            });
        }
    }

    /** Those who have time and were not asked before, in the order of the policy. */
    private List<Session> free(Blocker blocker) {
        Set<String> blocked = blocked();
        List<Session> free = new ArrayList<>(swarm.sessions().stream()
                .filter(session -> !blocked.contains(session.id())
                        && !blocker.asked.contains(session.id())
                        && load(session) < session.maxConcurrentTasks())
                .toList());
        Collections.shuffle(free, luck);
        if (policy == Policy.FIRST_COME) {
            free.sort(Comparator.comparingDouble(session -> lastAsked.getOrDefault(session.id(), -1.0)));
        }
        return free;
    }

    private void matched() {
        List<Blocker> wanting = open.stream()
                .filter(blocker -> blocker.helping.size() < RESCUERS)
                .limit(Assignment.MOST)
                .toList();
        if (wanting.isEmpty()) {
            return;
        }
        Set<String> blocked = blocked();
        List<Candidate> candidates = swarm.sessions().stream()
                .map(session -> new Candidate(
                        session,
                        outcomes.getOrDefault(session.id(), Map.of()),
                        load(session),
                        blocked.contains(session.id()),
                        false))
                .toList();
        Ranking.Terms terms = new Ranking.Terms(given.least(), HALF_LIFE);
        Map<String, Blocker> byId = new LinkedHashMap<>();
        List<Wish> wishes = new ArrayList<>();
        for (Blocker blocker : wanting) {
            Ranking ranking =
                    Ranking.of(blocker.need, blocker.blocked.id(), blocker.asked, candidates, instant(), terms);
            byId.put(blocker.id, blocker);
            wishes.add(new Wish(blocker.id, RESCUERS - blocker.helping.size(), ranking.fits()));
        }
        Map<String, List<Fit>> assigned = Assignment.of(wishes);
        assigned.forEach((id, fits) ->
                fits.forEach(fit -> helps(byId.get(id), fit.candidate().session())));
        wanting.forEach(this::escalateIfAlone);
    }

    private Set<String> blocked() {
        Set<String> blocked = new HashSet<>();
        open.forEach(blocker -> blocked.add(blocker.blocked.id()));
        return blocked;
    }

    private int load(Session session) {
        return swarm.busy().get(session.id()) + helps.getOrDefault(session.id(), 0);
    }

    private Instant instant() {
        return Documented.START.plusMillis((long) (now * 3_600_000));
    }

    static double exponential(double mean, Random random) {
        return -mean * Math.log(1 - random.nextDouble());
    }
}
