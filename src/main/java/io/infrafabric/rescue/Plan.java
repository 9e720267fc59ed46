package io.infrafabric.rescue;

import io.infrafabric.rescue.Assignment.Wish;
import io.infrafabric.rescue.Blocker.Step;
import io.infrafabric.rescue.Ranking.Fit;
import io.infrafabric.rescue.Ranking.LeftOut;
import io.infrafabric.rescue.Ranking.Terms;
import io.infrafabric.rescue.Ranking.Why;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Looks for rescuers for the blockers of one swarm together.
 *
 * <p>Pending requests stay as long as every blocker has somebody. If a blocker would have nobody, sessions with
 * unanswered requests about other blockers count as free: if more blockers then have somebody, some requests are taken
 * back, and those sessions are asked about the blocker that needs them.
 *
 * @param rescuers the most rescuers of a blocker
 * @param patience how long a session has to accept
 * @param explained the most left-out sessions named for each blocker
 */
public record Plan(Terms terms, int rescuers, Duration patience, int explained) {
    private static final Comparator<Blocker> URGENT = Comparator.comparing(Blocker::severity)
            .reversed()
            .thenComparing(Blocker::raisedAt)
            .thenComparing(Blocker::id);

    /**
     * Decides who is asked.
     *
     * @param needy open blockers that may have more rescuers
     * @param others open blockers of the swarm whose requests may be taken back
     * @param candidates the swarm's sessions; their load includes the requests of all open blockers
     * @return a step for each blocker that is needy or changes; one without anybody left is escalated
     */
    public Map<String, Step> look(
            List<Blocker> needy, List<Blocker> others, Collection<Candidate> candidates, Instant now) {
        List<Blocker> urgent = needy.stream().sorted(URGENT).toList();
        Map<String, Ranking> rankings = rank(urgent, candidates, now);
        Map<String, List<Fit>> found = Assignment.of(wishes(urgent, rankings));
        Map<String, Step> steps = new LinkedHashMap<>();
        boolean alone = urgent.stream()
                .anyMatch(blocker ->
                        blocker.active().isEmpty() && found.get(blocker.id()).isEmpty());
        if (alone && moved(urgent, others, candidates, found, now, steps)) {
            return steps;
        }
        for (Blocker blocker : urgent) {
            steps.put(
                    blocker.id(),
                    step(new Step(blocker, List.of()), rankings.get(blocker.id()), found.get(blocker.id()), now));
        }
        return steps;
    }

    /** The same with all unanswered requests open; {@code false} if that helps no blocker without rescuers. */
    private boolean moved(
            List<Blocker> urgent,
            List<Blocker> others,
            Collection<Candidate> candidates,
            Map<String, List<Fit>> found,
            Instant now,
            Map<String, Step> steps) {
        Map<String, Blocker> all = new LinkedHashMap<>();
        urgent.forEach(blocker -> all.put(blocker.id(), blocker));
        others.forEach(blocker -> all.putIfAbsent(blocker.id(), blocker));
        List<Blocker> every =
                all.values().stream().sorted(URGENT).limit(Assignment.MOST).toList();
        Map<String, Integer> freed = new HashMap<>();
        Map<String, Step> opened = new HashMap<>();
        for (Blocker blocker : every) {
            Set<String> waiting = waiting(blocker);
            waiting.forEach(session -> freed.merge(session, 1, Integer::sum));
            opened.put(blocker.id(), blocker.takeBack(waiting, now));
        }
        List<Candidate> free = candidates.stream()
                .map(one -> one.with(one.load() - freed.getOrDefault(one.id(), 0)))
                .toList();
        List<Blocker> open =
                every.stream().map(one -> opened.get(one.id()).after()).toList();
        Map<String, Ranking> rankings = rank(open, free, now);
        Map<String, List<Fit>> better = Assignment.of(wishes(open, rankings));
        if (served(open, better) <= served(every, found)) {
            return false;
        }
        for (Blocker before : every) {
            Set<String> waiting = waiting(before);
            List<Fit> fits = better.get(before.id());
            Set<String> chosen = fits.stream().map(fit -> fit.candidate().id()).collect(Collectors.toSet());
            Set<String> back = new HashSet<>(waiting);
            back.removeAll(chosen);
            List<Fit> fresh = fits.stream()
                    .filter(fit -> !waiting.contains(fit.candidate().id()))
                    .toList();
            if (!back.isEmpty() || !fresh.isEmpty() || urgent.contains(before)) {
                steps.put(
                        before.id(),
                        step(
                                back.isEmpty() ? new Step(before, List.of()) : before.takeBack(back, now),
                                rankings.get(before.id()),
                                fresh,
                                now));
            }
        }
        return true;
    }

    private static Set<String> waiting(Blocker blocker) {
        return blocker.asks().stream()
                .filter(ask -> ask.state() == Ask.State.ASKED)
                .map(Ask::session)
                .collect(Collectors.toSet());
    }

    private static long served(List<Blocker> blockers, Map<String, List<Fit>> found) {
        return blockers.stream()
                .filter(blocker -> !blocker.active().isEmpty()
                        || !found.getOrDefault(blocker.id(), List.of()).isEmpty())
                .count();
    }

    private Map<String, Ranking> rank(List<Blocker> blockers, Collection<Candidate> candidates, Instant now) {
        Map<String, Ranking> rankings = new HashMap<>();
        for (Blocker blocker : blockers) {
            rankings.put(
                    blocker.id(),
                    Ranking.of(blocker.need(), blocker.session(), blocker.settled(), candidates, now, terms));
        }
        return rankings;
    }

    private List<Wish> wishes(List<Blocker> blockers, Map<String, Ranking> rankings) {
        return blockers.stream()
                .map(blocker -> new Wish(
                        blocker.id(),
                        blocker.active().size(),
                        Math.max(0, rescuers - blocker.active().size()),
                        rankings.get(blocker.id()).fits()))
                .toList();
    }

    private Step step(Step before, Ranking ranking, List<Fit> fits, Instant now) {
        Step asked = fits.isEmpty() ? before : before.then(before.after().ask(fits, now, patience));
        Set<String> active = asked.after().active().stream().map(Ask::session).collect(Collectors.toSet());
        List<LeftOut> leftOut = new ArrayList<>();
        ranking.leftOut().stream()
                .filter(left -> left.why() != Why.ITSELF && !active.contains(left.session()))
                .forEach(leftOut::add);
        ranking.fits().stream()
                .filter(fit -> !active.contains(fit.candidate().id()))
                .forEach(fit -> leftOut.add(new LeftOut(fit.candidate().id(), Why.OTHERS_TAKEN, fit.parts())));
        leftOut.sort(Ranking.TELLING);
        return asked.then(asked.after().looked(leftOut.stream().limit(explained).toList()));
    }
}
