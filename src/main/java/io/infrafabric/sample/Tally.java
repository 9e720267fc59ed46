package io.infrafabric.sample;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * What the API answered in this play, when, and what follows from it. Thread-safe. All times are
 * {@link System#nanoTime()} of the client. Doubts are decided in the server's favour, so whatever is counted against it
 * did happen.
 */
final class Tally {

    /** A claim that was granted. {@code lease} in nanoseconds. */
    record Claim(String task, String session, long epoch, long sentAt, long answeredAt, long lease) {}

    /** A granted claim and how it ended. */
    private static final class Attempt {
        private final Claim claim;
        private long endSentAt = Long.MAX_VALUE;
        private boolean completed;
        private boolean failed;
        private boolean refused;

        private Attempt(Claim claim) {
            this.claim = claim;
        }

        /** The earliest time at which the grant can have ended. */
        private long overAt() {
            long leaseEnd = claim.sentAt() + claim.lease();
            return refused ? leaseEnd : Math.min(leaseEnd, endSentAt);
        }

        private boolean atWork(long now) {
            return !completed && !failed && !refused && now < claim.answeredAt() + claim.lease();
        }
    }

    private final Board board;
    private final Map<String, Long> submittedAt = new HashMap<>();
    private final Map<String, List<Attempt>> attempts = new HashMap<>();
    private BigDecimal cost = BigDecimal.ZERO;
    private String trouble;

    Tally(Board board) {
        this.board = board;
    }

    /** Call before the submission is sent. */
    synchronized void submitting(Board.Task task, long sentAt) {
        submittedAt.put(task.id(), sentAt);
    }

    /** Notes a grant; returns how many grants of its task are known, this one included. */
    synchronized int claimed(Claim claim) {
        List<Attempt> ofTask = attempts.computeIfAbsent(claim.task(), id -> new ArrayList<>());
        ofTask.add(new Attempt(claim));
        notifyAll();
        return ofTask.size();
    }

    /** Call before the completion or the failure is sent: from then on the grant may have ended. */
    synchronized void ending(Claim claim, long sentAt) {
        attempt(claim).endSentAt = sentAt;
    }

    /** The completion was accepted. */
    synchronized void completed(Claim claim, BigDecimal costOfIt) {
        attempt(claim).completed = true;
        cost = cost.add(costOfIt);
        notifyAll();
    }

    /** The failure was accepted. */
    synchronized void failed(Claim claim) {
        attempt(claim).failed = true;
    }

    /** The completion was refused because the lease had ended. */
    synchronized void refused(Claim claim) {
        attempt(claim).refused = true;
    }

    /** Ends the play; the first reason stays. */
    synchronized void stop(String why) {
        if (trouble == null) {
            trouble = why;
            notifyAll();
        }
    }

    synchronized boolean allDone() {
        return doneTasks() == board.tasks().size();
    }

    /** Whether everything is done, or the play is stopped. */
    synchronized boolean over() {
        return trouble != null || allDone();
    }

    /** Waits until everything is done or the play is stopped; false if neither happened within {@code millis}. */
    synchronized boolean awaitOver(long millis) throws InterruptedException {
        return await(millis, this::over);
    }

    /** Waits until a task was claimed or the play is over; false if neither happened within {@code millis}. */
    synchronized boolean awaitFirstClaim(long millis) throws InterruptedException {
        return await(millis, () -> !attempts.isEmpty() || over());
    }

    /** Waits until somebody else has done the task; false if the play ended first. */
    synchronized boolean awaitDoneByAnother(Claim claim) throws InterruptedException {
        while (!isDone(claim.task())) {
            if (over()) {
                return false;
            }
            wait();
        }
        return true;
    }

    synchronized int doneTasks() {
        return (int) attempts.keySet().stream().filter(this::isDone).count();
    }

    /** The number of tasks at work. */
    synchronized long atWork(long now) {
        return attempts.values().stream()
                .flatMap(List::stream)
                .filter(attempt -> attempt.atWork(now))
                .count();
    }

    /** Everything known by now, {@code elapsed} nanoseconds after the start. */
    synchronized Summary summary(long elapsed) {
        List<Attempt> all = attempts.values().stream().flatMap(List::stream).toList();
        return new Summary(
                board,
                board.tasks().stream()
                        .map(Board.Task::id)
                        .filter(id -> !isDone(id))
                        .toList(),
                count(this::doneTwice),
                count(this::heldByTwo),
                (int) board.tasks().stream().filter(this::begunTooEarly).count(),
                (int) all.stream().filter(attempt -> attempt.refused).count(),
                (int) all.stream().filter(attempt -> attempt.failed).count(),
                new Quantiles(pickups()),
                cost,
                elapsed,
                trouble);
    }

    private int count(Predicate<List<Attempt>> rule) {
        return (int) attempts.values().stream().filter(rule).count();
    }

    private boolean isDone(String task) {
        return of(task).stream().anyMatch(attempt -> attempt.completed);
    }

    private boolean doneTwice(List<Attempt> ofTask) {
        return ofTask.stream().filter(attempt -> attempt.completed).count() > 1;
    }

    /** The later of two grants (by epoch) must not be answered before the earlier one can have ended. */
    private boolean heldByTwo(List<Attempt> ofTask) {
        for (Attempt first : ofTask) {
            for (Attempt second : ofTask) {
                if (first != second
                        && first.claim.epoch() <= second.claim.epoch()
                        && second.claim.answeredAt() < first.overAt()) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean begunTooEarly(Board.Task task) {
        return of(task.id()).stream()
                .anyMatch(attempt -> task.dependsOn().stream()
                        .anyMatch(dependency -> attempt.claim.answeredAt() < completionSentAt(dependency)));
    }

    /** Pickup times of the tasks that went to waiting claims, in nanoseconds. */
    private List<Long> pickups() {
        List<Long> pickups = new ArrayList<>();
        for (Board.Task task : board.tasks()) {
            List<Attempt> ofTask = of(task.id());
            if (ofTask.isEmpty()) {
                continue;
            }
            Claim first = ofTask.getFirst().claim;
            long claimableAt = claimableAt(task);
            if (first.sentAt() < claimableAt && claimableAt < first.answeredAt()) {
                pickups.add(first.answeredAt() - claimableAt);
            }
        }
        return pickups;
    }

    private long claimableAt(Board.Task task) {
        long at = submittedAt.getOrDefault(task.id(), Long.MAX_VALUE);
        for (String dependency : task.dependsOn()) {
            at = Math.max(at, completionSentAt(dependency));
        }
        return at;
    }

    /** When the completion of a task was sent; far in the future if it was not sent. */
    private long completionSentAt(String task) {
        return of(task).stream()
                .filter(attempt -> !attempt.failed && !attempt.refused)
                .mapToLong(attempt -> attempt.endSentAt)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private List<Attempt> of(String task) {
        return attempts.getOrDefault(task, List.of());
    }

    private Attempt attempt(Claim claim) {
        return of(claim.task()).stream()
                .filter(attempt -> attempt.claim.equals(claim))
                .findFirst()
                .orElseThrow();
    }

    private boolean await(long millis, BooleanSupplier condition) throws InterruptedException {
        long until = System.nanoTime() + millis * 1_000_000;
        while (!condition.getAsBoolean()) {
            long left = (until - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }
}
