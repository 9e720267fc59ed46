package io.infrafabric.proof;

import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.Api.NoAnswer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Sessions at work, each in a thread of its own: claim, complete, again, at whichever process comes next. A call without
 * an answer, or with 503, is tried again as a client would. Keeps what the sessions were told.
 */
final class Crew implements AutoCloseable {
    private static final long REST_NANOS = 100_000_000;

    private final Supplier<Api> processes;
    private final int leaseSeconds;
    private final Predicate<Grant> isAbandoned;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();
    private final Map<String, Queue<Grant>> grants = new ConcurrentHashMap<>();
    private final Map<String, Set<Grant>> accepted = new ConcurrentHashMap<>();
    private final Queue<Grant> abandoned = new ConcurrentLinkedQueue<>();
    private final Queue<Grant> refused = new ConcurrentLinkedQueue<>();
    private final Queue<String> surprises = new ConcurrentLinkedQueue<>();

    /**
     * Sends them to work.
     *
     * @param isAbandoned for which grants the session dies, that is, never calls about it again
     */
    Crew(List<Member> members, Supplier<Api> processes, int leaseSeconds, Predicate<Grant> isAbandoned) {
        this.processes = processes;
        this.leaseSeconds = leaseSeconds;
        this.isAbandoned = isAbandoned;
        for (Member member : members) {
            threads.add(Thread.ofVirtual().name(member.id()).start(() -> work(member)));
        }
    }

    /** What each task was granted as: by its id, in the order of the answers. */
    Map<String, Queue<Grant>> grants() {
        return grants;
    }

    /** Under which grants completions were answered with 200, by task. */
    Map<String, Set<Grant>> accepted() {
        return accepted;
    }

    /** Grants that were left lying. */
    List<Grant> abandoned() {
        return List.copyOf(abandoned);
    }

    /** Grants whose completion was refused as stale. */
    List<Grant> refused() {
        return List.copyOf(refused);
    }

    /** Answers that no client should get. */
    List<String> surprises() {
        return List.copyOf(surprises);
    }

    @Override
    public void close() {
        finish();
    }

    /** Lets everybody finish the task at hand; what they were told stays to be asked for. */
    void finish() {
        stop.countDown();
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    private void work(Member member) {
        try {
            while (stop.getCount() > 0) {
                Answer answer = claim(member);
                switch (answer == null ? 0 : answer.status()) {
                    case 0, 503 -> rest();
                    case 201 -> granted(member, Grant.of(answer));
                    case 204 -> {}
                    default -> {
                        surprises.add(member.id() + " claims: " + answer.status() + " " + answer.body());
                        rest();
                    }
                }
            }
        } catch (RuntimeException broken) {
            surprises.add(member.id() + ": " + broken);
        }
    }

    private Answer claim(Member member) {
        try {
            return member.claim(processes.get(), Map.of("waitSeconds", 1, "leaseSeconds", leaseSeconds));
        } catch (NoAnswer died) {
            return null;
        }
    }

    private void granted(Member member, Grant grant) {
        grants.computeIfAbsent(grant.task(), task -> new ConcurrentLinkedQueue<>())
                .add(grant);
        if (isAbandoned.test(grant)) {
            abandoned.add(grant);
        } else {
            complete(member, grant);
        }
    }

    /** Until there is an answer, also when the crew is to stop: whoever did the work reports it. */
    private void complete(Member member, Grant grant) {
        long end = System.nanoTime() + Cluster.PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            Answer answer = null;
            try {
                answer = member.complete(processes.get(), grant);
            } catch (NoAnswer died) {
                // Whether it had its effect is not known; the same call again gives the same answer.
            }
            switch (answer == null ? 0 : answer.status()) {
                case 0, 503 -> rest();
                case 200 -> {
                    accepted.computeIfAbsent(grant.task(), task -> ConcurrentHashMap.newKeySet())
                            .add(grant);
                    return;
                }
                case 409 -> {
                    refused.add(grant);
                    if (!answer.code().equals("IF_ERR_STALE_EPOCH")) {
                        surprises.add(grant + ": " + answer.body());
                    }
                    return;
                }
                default -> {
                    surprises.add(grant + ": " + answer.status() + " " + answer.body());
                    return;
                }
            }
        }
        surprises.add(grant + ": no answer to its completion");
    }

    /** A client's pause before it tries again. */
    private static void rest() {
        LockSupport.parkNanos(REST_NANOS);
    }
}
