package io.infrafabric.rescue;

import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.rescue.Blocker.State;
import io.infrafabric.rescue.Ranking.Terms;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Candidates and blockers with plain values; a test says only what it is about. */
public final class Examples {
    static final Instant NOW = Instant.parse("2026-01-02T12:00:00Z");
    static final Duration HALF_LIFE = Duration.ofDays(7);
    static final Terms TERMS = new Terms(0.70, HALF_LIFE);
    static final Duration PATIENCE = Duration.ofMinutes(5);

    private Examples() {}

    /** A live session that may do three things at once and does none. */
    static Candidate can(String id, List<String> domains, List<String> tools) {
        return can(id, domains, tools, "5", 3, 0);
    }

    static Candidate can(String id, List<String> domains, List<String> tools, String hourly, int most, int load) {
        return new Candidate(
                session(id, domains, tools, hourly, most, Session.State.LIVE), Map.of(), load, false, false);
    }

    public static Session session(
            String id, List<String> domains, List<String> tools, String hourly, int most, Session.State state) {
        BigDecimal cost = hourly == null ? null : new BigDecimal(hourly);
        return new Session(id, "red", domains, tools, "maker", "m1", cost, most, 90, state, NOW, 1, NOW, 1);
    }

    static Candidate after(Candidate candidate, Map<String, Outcomes> outcomes) {
        return new Candidate(candidate.session(), outcomes, candidate.load(), candidate.blocked(), candidate.stopped());
    }

    /** A blocker of a session of the same name with this suffix, that nobody was asked about. */
    static Blocker blocker(String id, List<String> domains, List<String> tools) {
        return blocker(id, domains, tools, Severity.MEDIUM);
    }

    static Blocker blocker(String id, List<String> domains, List<String> tools, Severity severity) {
        return new Blocker(
                id,
                "red",
                "blocked-" + id,
                null,
                "cannot go on",
                domains,
                tools,
                severity,
                State.ASKING,
                List.of(),
                List.of(),
                1,
                NOW,
                null,
                null);
    }
}
