package io.infrafabric.gateway;

import io.infrafabric.coordinator.session.SessionTable.Held;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Collectors;

/** Where a session stands, in one short text: who it is, and what it holds. */
public final class StandText {
    /** More tasks are only counted. */
    static final int MOST_NAMED = 10;

    private StandText() {}

    /**
     * The text, for example "You are anna in demo. You hold build, epoch 3, until 12:03:10Z."
     *
     * @param now the day of the reader: ends on another day are given with their date
     */
    public static String of(String session, String swarm, List<Held> leases, Instant now) {
        return "You are " + session + " in " + swarm + ". " + held(leases, now);
    }

    private static String held(List<Held> leases, Instant now) {
        if (leases.isEmpty()) {
            return "You hold nothing.";
        }
        String named = leases.stream()
                .limit(MOST_NAMED)
                .map(lease -> named(lease, now))
                .collect(Collectors.joining("; "));
        int more = leases.size() - MOST_NAMED;
        return "You hold " + named + (more > 0 ? "; and " + more + " more." : ".");
    }

    private static String named(Held lease, Instant now) {
        String what = lease.task() + ", epoch " + lease.epoch();
        return lease.expiresAt() == null
                ? what + ", handed in and being checked"
                : what + ", until " + until(lease.expiresAt(), now);
    }

    /** To the second; with the date if that is another day than today's. */
    static String until(Instant end, Instant now) {
        String whole = end.truncatedTo(ChronoUnit.SECONDS).toString();
        boolean today = LocalDate.ofInstant(end, ZoneOffset.UTC).equals(LocalDate.ofInstant(now, ZoneOffset.UTC));
        return today ? whole.substring(whole.indexOf('T') + 1) : whole;
    }
}
