package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;

/** A waiting room whose every step is taken by hand: when a try is answered, and who is there. */
final class HandRoom {
    static final Duration LEASE = Duration.ofMinutes(5);
    static final Duration TIME = Duration.ofSeconds(30);

    /** A try that waits to be answered. */
    record Try(String session, UniEmitter<? super Reply<Answer>> answer) {
        void finds(String task) {
            answer.complete(new Reply.Now<>(
                    new Answer.Granted(task(task).claimedBy(session, 1).made(), null, List.of())));
        }

        void findsNothing() {
            answer.complete(new Reply.Now<>(new Answer.Nothing(false)));
        }
    }

    final Queue<Try> tries = new ArrayDeque<>();
    final HandTimer timer = new HandTimer();
    final Set<String> goneClients = new HashSet<>();
    final HandChoosing choosing = new HandChoosing();
    final WaitingRoom room = new WaitingRoom(this::claim, choosing, timer);

    private Uni<Reply<Answer>> claim(Asked<Claim, Answer> asked) {
        return Uni.createFrom()
                .emitter(answer -> tries.add(new Try(asked.command().session(), answer)));
    }

    /** Nothing of it runs on. */
    void close() {
        timer.shutdownNow();
    }

    static Claim plain(String session) {
        return new Claim(session, null, null, LEASE);
    }

    UniAssertSubscriber<Reply<Answer>> arrives(String session) {
        return arrives(plain(session));
    }

    UniAssertSubscriber<Reply<Answer>> arrives(Claim claim) {
        return room.await("red", new Asked<>(claim, Keep.nothing()), TIME, () -> goneClients.contains(claim.session()))
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
    }

    UniAssertSubscriber<Reply<Answer>> parked(String session) {
        return parked(plain(session));
    }

    UniAssertSubscriber<Reply<Answer>> parked(Claim claim) {
        var waiter = arrives(claim);
        next(claim.session()).findsNothing();
        return waiter.assertNotTerminated();
    }

    Try next(String session) {
        assertThat(tries).isNotEmpty();
        Try next = tries.remove();
        assertThat(next.session()).isEqualTo(session);
        return next;
    }

    /** Gives a task to each of those that are trying now; how many that were. */
    int wokenAndServed() {
        List<Try> woken = List.copyOf(tries);
        tries.clear();
        woken.forEach(one -> one.finds("t"));
        return woken.size();
    }

    static void has(UniAssertSubscriber<Reply<Answer>> waiter, String task) {
        assertThat(waiter.assertCompleted().getItem())
                .isInstanceOfSatisfying(
                        Reply.Now.class,
                        now -> assertThat(now.answer())
                                .isInstanceOfSatisfying(
                                        Answer.Granted.class,
                                        granted ->
                                                assertThat(granted.task().id()).isEqualTo(task)));
    }

    static void hasNothing(UniAssertSubscriber<Reply<Answer>> waiter) {
        assertThat(waiter.assertCompleted().getItem()).isEqualTo(new Reply.Now<>(new Answer.Nothing(false)));
    }

    void mustBeEmpty() {
        assertThat(room.size()).isZero();
        assertThat(room.present()).isEmpty();
        assertThat(room.swarms()).isEmpty();
    }
}
