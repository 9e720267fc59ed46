package io.infrafabric.coordinator.schedule;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonRawValue;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A schedule: which task is made when.
 *
 * @param task JSON, the body of a submit without an id
 * @param next its next firings; none while it is paused
 * @param last what its last firing came to, {@code null} before the first
 * @param newest the newest task that it made, {@code null} for none
 * @param madeBy who put it as it is
 */
public record Schedule(
        String name,
        String swarm,
        String cron,
        String zone,

        @JsonRawValue @Schema(type = SchemaType.OBJECT, description = "The body of each submit, without an id")
        String task,

        Overlap overlap,
        Missed missed,
        boolean paused,
        List<Instant> next,
        Last last,
        @JsonIgnore String newest,
        String madeBy,
        long version,
        Instant createdAt,
        Instant changedAt) {

    /** What a firing does while the newest task of the schedule is not over. */
    @Schema(name = "ScheduleOverlap")
    public enum Overlap {
        /** It makes no task. */
        SKIP,
        /** It makes a task beside it. */
        QUEUE,
        /** It makes a task, and cancels the other one. */
        REPLACE
    }

    /** What is done about firings that were missed. */
    @Schema(name = "ScheduleMissed")
    public enum Missed {
        /** The latest one is made. */
        LAST,
        /** All are made, up to a bound: the newest ones. */
        ALL,
        /** None is made. */
        NONE
    }

    /**
     * What a firing came to.
     *
     * @param at its time
     * @param task the task that it made, {@code null} if it made none
     * @param why why it made none, or what else there is to say
     * @param leftOut how many firings before it were missed and made no task
     */
    @Schema(name = "LastFiring")
    public record Last(Instant at, String task, boolean skipped, String why, int leftOut) {
        static Last made(Instant at, String task, int leftOut) {
            String why = leftOut == 0 ? null : leftOut + " firings before it were missed and left out.";
            return new Last(at, task, false, why, leftOut);
        }

        static Last skipped(Instant at, String why, int leftOut) {
            return new Last(at, null, true, why, leftOut);
        }
    }

    /** What an operator wants of a schedule; every value is checked. */
    public record Wish(
            String name,
            String swarm,
            String cron,
            String zone,
            String task,
            Overlap overlap,
            Missed missed,
            boolean paused) {
        Firings firings() {
            return Schedule.firings(cron, zone);
        }
    }

    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmm'Z'").withZone(ZoneOffset.UTC);

    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /** The id of the task of this firing: whoever makes it makes the same one. */
    static String taskId(String name, Instant firing) {
        return name + "." + MINUTE.format(firing);
    }

    /** The id of a task that an operator wants now, which is no firing. */
    static String runId(String name, Instant now) {
        return name + "." + SECOND.format(now);
    }

    static Firings firings(String cron, String zone) {
        return new Firings(
                Cron.parse(cron).orElseThrow(() -> new IllegalStateException("checked before: " + cron)),
                ZoneId.of(zone));
    }

    Firings firings() {
        return firings(cron, zone);
    }

    /** When it fires next, {@code null} while it is paused. */
    @JsonIgnore
    Instant nextAt() {
        return next.isEmpty() ? null : next.getFirst();
    }

    /** The same with this many of its next firings. */
    public Schedule withNext(int most) {
        List<Instant> firings = next.isEmpty() ? List.of() : firings().from(next.getFirst(), most);
        return new Schedule(
                name, swarm, cron, zone, task, overlap, missed, paused, firings, last, newest, madeBy, version,
                createdAt, changedAt);
    }

    /** Who submits its tasks, as their history names it. */
    static String by(String name) {
        return "schedule:" + name;
    }
}
