package io.infrafabric.stealing;

import io.infrafabric.coordinator.published.Backlog;
import io.infrafabric.coordinator.published.Backlog.Entry;
import io.infrafabric.coordinator.session.Match;
import io.infrafabric.coordinator.session.Match.Need;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.task.Priority;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which task an idle session takes, and from whom (seed P8): from the longest queue that is longer than what its owner
 * keeps, the least important task, and of those the newest, that the session can do and pay. A queue with nothing for it
 * is passed over for the next.
 *
 * <p>A {@code P0} stays with its owner as long as a {@code P3} is in the same queue, be it that the idle session can do only
 * the {@code P0}, or that the {@code P3} was stolen just now and rests. The seed's "never" is taken at its word: whoever
 * wrote a priority down can rely on it. What it costs is bounded: owners claim their {@code P0} first, so it is not what
 * waits long. What is in other queues does not matter, so that a long queue of important tasks is relieved, too.
 *
 * @param from whose queue it is in
 * @param score how well the session fits it
 */
public record Choice(String from, Entry task, double score) {

    /**
     * Numbers of the rule.
     *
     * @param keep how many queued tasks an owner keeps
     * @param minScore least {@link Match} score
     * @param halfLife age at which an outcome counts half
     */
    public record Bounds(int keep, double minScore, Duration halfLife) {}

    /**
     * Who takes.
     *
     * @param outcomes by domain
     * @param most the most that it can pay, in US dollars; {@code null} for no limit
     */
    public record Idle(Session session, Map<String, Outcomes> outcomes, BigDecimal most) {}

    private static final Comparator<Backlog> LONGEST_FIRST =
            Comparator.comparingInt(Backlog::queued).reversed().thenComparing(Backlog::session);

    private static final Comparator<Entry> LEAST_IMPORTANT_FIRST =
            Comparator.comparing(Entry::priority).thenComparingLong(Entry::seq).reversed();

    /** Chooses, or nothing if there is nothing for this session. Queues and their tasks may come in any order. */
    public static Optional<Choice> of(List<Backlog> backlogs, Idle idle, Bounds bounds, Instant now) {
        return backlogs.stream()
                .filter(backlog -> backlog.queued() > bounds.keep()
                        && !backlog.session().equals(idle.session().id()))
                .sorted(LONGEST_FIRST)
                .flatMap(backlog -> of(backlog, idle, bounds, now).stream())
                .findFirst();
    }

    private static Optional<Choice> of(Backlog backlog, Idle idle, Bounds bounds, Instant now) {
        return backlog.tasks().stream()
                .filter(task -> task.priority() != Priority.P0 || backlog.least() != Priority.P3)
                .filter(task -> isAffordable(task, idle))
                .sorted(LEAST_IMPORTANT_FIRST)
                .map(task -> new Choice(backlog.session(), task, score(task, idle, bounds, now)))
                .filter(choice -> choice.score() >= bounds.minScore())
                .findFirst();
    }

    private static boolean isAffordable(Entry task, Idle idle) {
        return idle.most() == null
                || task.estimatedCost() == null
                || task.estimatedCost().compareTo(idle.most()) <= 0;
    }

    private static double score(Entry task, Idle idle, Bounds bounds, Instant now) {
        return Match.score(
                        Need.of(task.domains(), task.tools()), idle.session(), idle.outcomes(), now, bounds.halfLife())
                .score();
    }
}
