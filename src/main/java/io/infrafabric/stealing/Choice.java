package io.infrafabric.stealing;

import io.infrafabric.coordinator.published.Backlog;
import io.infrafabric.coordinator.published.Backlog.Entry;
import io.infrafabric.coordinator.session.Match;
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
 * Which task an idle session takes, and from whom (seed P8). It looks at the longest queue that exceeds what its owner
 * keeps. There it takes the least important task that it can do and pay for, and the newest of those. If a queue has
 * nothing for it, the next one follows.
 *
 * <p>A {@code P0} stays with its owner as long as a {@code P3} is in the same queue, even if the idle session can do
 * only the {@code P0}, or the {@code P3} was just stolen and rests. The seed says "never", and we take it literally:
 * whoever gives a priority can rely on it. The cost is bounded: owners claim their {@code P0} first, so it does not
 * wait long. Other queues do not matter, so a long queue of important tasks is relieved, too.
 *
 * @param from the owner of the queue
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
     * The session that takes.
     *
     * @param outcomes by domain
     * @param most the most that it can pay, in US dollars; {@code null} for no limit
     */
    public record Idle(Session session, Map<String, Outcomes> outcomes, BigDecimal most) {}

    private static final Comparator<Backlog> LONGEST_FIRST =
            Comparator.comparingInt(Backlog::queued).reversed().thenComparing(Backlog::session);

    private static final Comparator<Entry> LEAST_IMPORTANT_FIRST =
            Comparator.comparing(Entry::priority).thenComparingLong(Entry::seq).reversed();

    /**
     * Chooses a task, or nothing if no queue has one for this session. Queues and their tasks may come in any order.
     */
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
                .filter(task -> task.requirements()
                        .missing(idle.session().domains(), idle.session().tools())
                        .isEmpty())
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
        return Match.score(task.requirements().need(), idle.session(), idle.outcomes(), now, bounds.halfLife())
                .score();
    }
}
