package io.infrafabric.proof;

import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.Api.NoAnswer;
import io.infrafabric.proof.Swarm.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Sessions at work, each in a thread of its own, which do again and again what the test says. */
final class Hands implements AutoCloseable {
    private static final long REST_NANOS = 100_000_000;

    private final Queue<String> surprises = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stop;

    /** Sends these to work, too. */
    void send(List<Member> members, Consumer<Member> turn) {
        for (Member member : members) {
            threads.add(Thread.ofVirtual().name(member.id()).start(() -> {
                try {
                    while (!stop) {
                        turn.accept(member);
                    }
                } catch (RuntimeException broken) {
                    surprises.add(member.id() + ": " + broken);
                }
            }));
        }
    }

    /** Notes an answer that no client should get. */
    void surprise(Object who, Answer answer) {
        surprises.add(who + ": " + answer.status() + " " + answer.body());
    }

    List<String> surprises() {
        return List.copyOf(surprises);
    }

    /** Whether somebody got an answer that no client should get: nothing is worth waiting for then. */
    boolean isSurprised() {
        return !surprises.isEmpty();
    }

    /** Calls until there is an answer, as a client would: one without an answer, or with 503, is tried again. */
    static Answer insist(Supplier<Answer> call) {
        long end = System.nanoTime() + Cluster.PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            try {
                Answer answer = call.get();
                if (answer.status() != 503) {
                    return answer;
                }
            } catch (NoAnswer died) {
                // Whether it had its effect is not known; the same call again gives the same answer.
            }
            rest();
        }
        throw new IllegalStateException("no answer for a minute");
    }

    /** A client's pause before it tries again. */
    static void rest() {
        LockSupport.parkNanos(REST_NANOS);
    }

    /** Lets everybody finish the turn. */
    void finish() {
        stop = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() {
        finish();
    }
}
