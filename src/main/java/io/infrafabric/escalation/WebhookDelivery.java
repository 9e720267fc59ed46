package io.infrafabric.escalation;

import java.time.Duration;
import java.time.Instant;
import java.util.random.RandomGenerator;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * One message on its way to one webhook. Immutable; the methods are its state machine:
 *
 * <pre>
 *   WAITING --claim--> SENDING --2xx--> DELIVERED
 *      ^                  |---attempts used up, 410, webhook disabled---> DEAD --replay--> WAITING
 *      +----failed--------+---lease ran out (the process died)--claim--> SENDING
 * </pre>
 *
 * @param id UUIDv7; {@code msg_<id>} is the {@code webhook-id}, the same over all attempts
 * @param caseId the case that it tells of; {@code null} if it tells of an event that was asked for by its type
 * @param event that event's id
 * @param type the event's type
 * @param attempt attempts ever made
 * @param before how many of them were made before the last replay
 * @param nextAt when it is tried (again); only while {@code WAITING}
 * @param leaseUntil when an attempt is given up because its process died; only while {@code SENDING}
 * @param status the receiver's last answer; {@code null} if there was none
 * @param error why the last attempt failed
 * @param endedAt when it was delivered, or given up
 */
public record WebhookDelivery(
        String id,
        String webhook,
        String caseId,
        String event,
        String type,
        State state,
        int attempt,
        int before,
        Instant nextAt,
        Instant leaseUntil,
        Integer status,
        String error,
        Instant createdAt,
        Instant endedAt) {

    /** Where a delivery stands. */
    @Schema(name = "DeliveryState")
    public enum State {
        WAITING,
        SENDING,
        DELIVERED,
        DEAD
    }

    /** The outcome of an attempt. */
    sealed interface Outcome {
        /**
         * The receiver answered.
         *
         * @param retryAfter what it asked for, or {@code null}
         */
        record Answered(int status, Duration retryAfter, String excerpt) implements Outcome {}

        /** The receiver did not answer, in time or at all. */
        record Unanswered(String why) implements Outcome {}
    }

    /** HTTP 410 Gone: according to Standard Webhooks, the receiver wants nothing more. */
    static final int GONE = 410;

    private static final int SUCCESS = 2;
    private static final int CLASS = 100;

    boolean isEnded() {
        return state == State.DELIVERED || state == State.DEAD;
    }

    /** Whether it may be tried now: its time has come, or the process that tried it fell silent. */
    boolean isDue(Instant now) {
        return switch (state) {
            case WAITING -> !nextAt.isAfter(now);
            case SENDING -> !leaseUntil.isAfter(now);
            case DELIVERED, DEAD -> false;
        };
    }

    /** Claims it for an attempt, or gives it up if the last attempt died with its process. Only if {@link #isDue}. */
    WebhookDelivery claim(Retry retry, Duration lease, Instant now) {
        return retry.isOver(attempt - before)
                ? ended(State.DEAD, status, "the process died during the last attempt", now)
                : with(State.SENDING, attempt + 1, before, null, now.plus(lease), status, error, null);
    }

    /** Its state after an attempt. */
    WebhookDelivery after(Outcome outcome, Retry retry, RandomGenerator random, Instant now) {
        return switch (outcome) {
            case Outcome.Answered answered
            when answered.status() / CLASS == SUCCESS -> ended(State.DELIVERED, answered.status(), null, now);
            case Outcome.Answered answered
            when answered.status() == GONE -> ended(State.DEAD, GONE, "the receiver is gone (410)", now);
            case Outcome.Answered(int code, Duration wish, String excerpt) ->
                failed(code, "HTTP " + code + (excerpt.isEmpty() ? "" : ": " + excerpt), wish, retry, random, now);
            case Outcome.Unanswered(String why) -> failed(null, why, null, retry, random, now);
        };
    }

    private WebhookDelivery failed(
            Integer code, String why, Duration wish, Retry retry, RandomGenerator random, Instant now) {
        int made = attempt - before;
        return retry.isOver(made)
                ? ended(State.DEAD, code, why, now)
                : with(
                        State.WAITING,
                        attempt,
                        before,
                        now.plus(retry.delay(made, wish, random)),
                        null,
                        code,
                        why,
                        null);
    }

    /** Gives it up without an attempt. */
    WebhookDelivery dead(String why, Instant now) {
        return ended(State.DEAD, status, why, now);
    }

    /** Restarts a dead one, as if it were new. */
    WebhookDelivery replayed(Instant now) {
        return with(State.WAITING, attempt, attempt, now, null, status, error, null);
    }

    private WebhookDelivery ended(State end, Integer code, String why, Instant now) {
        return with(end, attempt, before, null, null, code, why, now);
    }

    private WebhookDelivery with(
            State next, int attempts, int old, Instant at, Instant lease, Integer code, String why, Instant end) {
        return new WebhookDelivery(
                id, webhook, caseId, event, type, next, attempts, old, at, lease, code, why, createdAt, end);
    }
}
