package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.Claiming.Answer;
import io.infrafabric.coordinator.Claiming.Claim;
import io.infrafabric.door.Once.Reply;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every step by hand: when a try is answered, when a bell rings, when the time is up. */
class WaitingRoomTest {
    private static final Duration LEASE = Duration.ofMinutes(5);
    private static final Duration TIME = Duration.ofSeconds(30);

    /** A try that waits to be answered. */
    private record Try(String session, UniEmitter<? super Reply<Answer>> answer) {
        void finds(String task) {
            answer.complete(new Reply.Now<>(
                    new Answer.Granted(task(task).claimedBy(session, 1).made(), null)));
        }

        void findsNothing() {
            answer.complete(new Reply.Now<>(new Answer.Nothing(false)));
        }
    }

    private final Queue<Try> tries = new ArrayDeque<>();
    private final HandTimer timer = new HandTimer();
    private final Set<String> goneClients = new HashSet<>();
    private final WaitingRoom room = new WaitingRoom(this::claim, timer, 10);

    private Uni<Reply<Answer>> claim(Claim claim) {
        return Uni.createFrom().emitter(answer -> tries.add(new Try(claim.session(), answer)));
    }

    @AfterEach
    void stopTimer() {
        timer.shutdownNow();
    }

    @Test
    void what_is_there_is_given_at_once() {
        var ann = arrives("ann");
        next("ann").finds("t");
        has(ann, "t");
        isEmpty();
    }

    @Test
    void a_refusal_is_given_at_once() {
        var ann = arrives("ann");
        next("ann").answer().complete(new Reply.Now<>(new Answer.Full(3)));
        assertThat(ann.assertCompleted().getItem()).isEqualTo(new Reply.Now<>(new Answer.Full(3)));
        isEmpty();
    }

    @Test
    void a_bell_has_a_waiting_claim_look_again() {
        var ann = parked("ann");
        assertThat(room.size()).isEqualTo(1);
        assertThat(room.swarms()).containsExactly("red");
        room.ring("blue");
        assertThat(tries).isEmpty();
        room.ring("red");
        next("ann").finds("t");
        has(ann, "t");
        isEmpty();
    }

    @Test
    void a_bell_wakes_one_and_no_more_when_that_one_finds_nothing() {
        var ann = parked("ann");
        parked("bob");
        parked("cid");
        room.ring("red");
        next("ann").findsNothing();
        assertThat(tries).isEmpty();
        ann.assertNotTerminated();
        assertThat(room.size()).isEqualTo(3);
    }

    @Test
    void twice_as_many_are_woken_as_long_as_all_find_something() {
        for (int i = 0; i < 9; i++) {
            parked("s" + i);
        }
        room.ring("red");
        assertThat(wokenAndServed()).isEqualTo(1);
        assertThat(wokenAndServed()).isEqualTo(2);
        assertThat(wokenAndServed()).isEqualTo(4);
        assertThat(wokenAndServed()).isEqualTo(2);
        assertThat(tries).isEmpty();
        isEmpty();
    }

    @Test
    void one_that_finds_nothing_ends_the_round() {
        for (int i = 0; i < 7; i++) {
            parked("s" + i);
        }
        room.ring("red");
        next("s0").finds("t");
        next("s1").finds("u");
        next("s2").findsNothing();
        assertThat(tries).isEmpty();
        assertThat(room.size()).isEqualTo(5);
    }

    @Test
    void a_bell_during_the_first_try_leads_to_another_one() {
        var ann = arrives("ann");
        room.ring("red");
        next("ann").findsNothing();
        next("ann").finds("t");
        has(ann, "t");
        isEmpty();
    }

    @Test
    void a_bell_during_a_round_leads_to_another_round() {
        parked("ann");
        var bob = parked("bob");
        room.ring("red");
        Try first = next("ann");
        room.ring("red");
        assertThat(tries).as("the bell is kept until the round is over").isEmpty();
        first.finds("t");
        next("bob").findsNothing();
        next("bob").finds("u");
        has(bob, "u");
        isEmpty();
    }

    @Test
    void when_the_time_is_up_there_is_nothing() {
        var ann = parked("ann");
        timer.timeIsUp();
        hasNothing(ann);
        assertThat(tries).isEmpty();
        isEmpty();
    }

    @Test
    void what_is_granted_while_the_time_runs_out_is_delivered() {
        var ann = arrives("ann");
        timer.timeIsUp();
        ann.assertNotTerminated();
        next("ann").finds("t");
        has(ann, "t");
        isEmpty();
    }

    @Test
    void when_nothing_is_found_while_the_time_runs_out_that_is_the_answer() {
        var ann = arrives("ann");
        timer.timeIsUp();
        room.ring("red");
        next("ann").findsNothing();
        hasNothing(ann);
        isEmpty();
    }

    @Test
    void whose_client_is_gone_is_not_present_and_sent_away() {
        var ann = parked("ann");
        var bob = parked("bob");
        goneClients.add("ann");
        assertThat(room.present()).containsExactly("bob");
        hasNothing(ann);
        bob.assertNotTerminated();
        assertThat(room.size()).isEqualTo(1);
    }

    @Test
    void whose_client_is_gone_takes_no_task_from_the_next_one() {
        var ann = parked("ann");
        var bob = parked("bob");
        goneClients.add("ann");
        room.ring("red");
        hasNothing(ann);
        next("bob").finds("t");
        has(bob, "t");
        isEmpty();
    }

    @Test
    void what_is_granted_to_a_client_that_is_just_gone_is_told_to_the_caller_that_gives_it_back() {
        var ann = arrives("ann");
        goneClients.add("ann");
        next("ann").finds("t");
        has(ann, "t");
        isEmpty();
    }

    @Test
    void each_of_those_who_are_choosy_tries_besides_the_one() {
        parked("ann");
        parked("bob");
        parked(new Claim("cid", null, 0.7, LEASE, null));
        parked(new Claim("dan", "t9", null, LEASE, null));
        room.ring("red");
        assertThat(tries.stream().map(Try::session)).containsExactlyInAnyOrder("ann", "cid", "dan");
        while (!tries.isEmpty()) {
            tries.remove().findsNothing();
        }
        assertThat(room.size()).isEqualTo(4);
    }

    @Test
    void what_is_for_one_session_wakes_that_one_alone() {
        parked("ann");
        var bob = parked("bob");
        room.ringFor("nobody");
        room.ringFor("bob");
        next("bob").finds("t");
        has(bob, "t");
        assertThat(tries).isEmpty();
        assertThat(room.size()).isEqualTo(1);
    }

    @Test
    void what_is_for_one_session_is_noticed_during_its_try() {
        var ann = arrives("ann");
        room.ringFor("ann");
        next("ann").findsNothing();
        next("ann").finds("t");
        has(ann, "t");
    }

    @Test
    void a_try_that_fails_is_told_and_leaves_no_trace() {
        var ann = parked("ann");
        var bob = parked("bob");
        room.ring("red");
        next("ann").answer().fail(new IllegalStateException("away"));
        ann.assertFailedWith(IllegalStateException.class, "away");
        next("bob").findsNothing();
        bob.assertNotTerminated();
        assertThat(room.size()).isEqualTo(1);
    }

    @Test
    void whoever_gives_up_waits_no_more() {
        var ann = parked("ann");
        ann.cancel();
        room.ring("red");
        assertThat(tries).isEmpty();
        isEmpty();
    }

    @Test
    void the_room_has_as_many_places_as_it_says() {
        for (int i = 0; i < 10; i++) {
            assertThat(room.hasPlace()).isTrue();
            parked("s" + i);
        }
        assertThat(room.hasPlace()).isFalse();
        timer.timeIsUp();
        assertThat(room.hasPlace()).isTrue();
        isEmpty();
    }

    @Test
    void who_waits_is_answered_when_the_room_closes() {
        var ann = parked("ann");
        var annAgain = parked("ann");
        var bob = parked(new Claim("bob", null, 0.7, LEASE, null));
        var eve = arrives("eve");
        room.close();
        hasNothing(ann);
        hasNothing(annAgain);
        hasNothing(bob);
        eve.assertNotTerminated();
        next("eve").finds("t");
        has(eve, "t");
        isEmpty();
    }

    @Test
    void who_comes_to_a_closed_room_tries_once() {
        room.close();
        var ann = arrives("ann");
        next("ann").findsNothing();
        hasNothing(ann);
        isEmpty();
    }

    @Test
    void a_claim_that_is_lent_does_not_look_by_itself_and_goes_with_what_it_was_given() {
        var ann = parked("ann");
        var bob = parked("bob");
        WaitingRoom.Loan loan = room.lend(Map.of("red", 1));
        assertThat(loan.claims()).extracting(Claim::session).containsExactly("ann");
        assertThat(room.lend(Map.of("blue", 1)).claims()).isEmpty();
        loan.giveBack(List.of(granted("ann", "t")));
        has(ann, "t");
        bob.assertNotTerminated();
        assertThat(tries).isEmpty();
        assertThat(room.size()).isEqualTo(1);
    }

    @Test
    void what_was_lent_and_got_nothing_waits_on() {
        var ann = parked("ann");
        room.lend(Map.of("red", 3)).giveBack();
        ann.assertNotTerminated();
        assertThat(tries).isEmpty();
        room.ring("red");
        next("ann").finds("t");
        has(ann, "t");
        isEmpty();
    }

    @Test
    void a_bell_while_a_claim_is_lent_has_it_look_again() {
        var ann = parked("ann");
        WaitingRoom.Loan loan = room.lend(Map.of("red", 1));
        room.ring("red");
        assertThat(tries).isEmpty();
        loan.giveBack();
        next("ann").finds("t");
        has(ann, "t");
        isEmpty();
    }

    @Test
    void who_was_lent_where_others_took_the_task_tries_again_at_once() {
        var ann = parked("ann");
        room.lend(Map.of("red", 1)).giveBack(List.of(new Reply.Now<>(new Answer.Nothing(true))));
        next("ann").finds("t");
        has(ann, "t");
        isEmpty();
    }

    @Test
    void of_one_session_one_claim_is_lent_and_of_those_that_choose_none() {
        parked("ann");
        parked("ann");
        parked(new Claim("bob", null, 0.7, LEASE, null));
        assertThat(room.lend(Map.of("red", 3)).claims())
                .extracting(Claim::session)
                .containsExactly("ann");
    }

    @Test
    void who_is_gone_is_not_lent() {
        var ann = parked("ann");
        parked("bob");
        goneClients.add("ann");
        assertThat(room.lend(Map.of("red", 1)).claims())
                .extracting(Claim::session)
                .containsExactly("bob");
        assertThat(ann.assertCompleted().getItem()).isEqualTo(new Reply.Now<>(new Answer.Nothing(false)));
    }

    private static Reply<Answer> granted(String session, String task) {
        return new Reply.Now<>(
                new Answer.Granted(task(task).claimedBy(session, 1).made(), null));
    }

    @Test
    void no_task_is_left_lying_when_bells_and_tries_overlap() throws InterruptedException {
        int sessions = 400;
        Queue<String> queued = new ConcurrentLinkedQueue<>();
        AtomicInteger served = new AtomicInteger();
        WaitingRoom busy = new WaitingRoom(
                claim -> Uni.createFrom().item(() -> {
                    String task = queued.poll();
                    return new Reply.Now<>(
                            task == null
                                    ? new Answer.Nothing(false)
                                    : new Answer.Granted(
                                            task(task)
                                                    .claimedBy(claim.session(), 1)
                                                    .made(),
                                            null));
                }),
                timer,
                sessions);
        List<Thread> threads = new ArrayList<>();
        for (int part = 0; part < 4; part++) {
            int from = part;
            threads.add(Thread.startVirtualThread(() -> {
                for (int i = from; i < sessions; i += 4) {
                    busy.await("red", plain("s" + i), TIME, () -> false)
                            .subscribe()
                            .with(reply -> served.incrementAndGet());
                }
            }));
            threads.add(Thread.startVirtualThread(() -> {
                for (int i = from; i < sessions; i += 4) {
                    queued.add("t" + i);
                    busy.ring("red");
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        await().untilAsserted(() -> {
            assertThat(served).hasValue(sessions);
            assertThat(busy.size()).isZero();
        });
        assertThat(queued).isEmpty();
        assertThat(busy.swarms()).isEmpty();
    }

    private static Claim plain(String session) {
        return new Claim(session, null, null, LEASE, null);
    }

    private UniAssertSubscriber<Reply<Answer>> arrives(String session) {
        return arrives(plain(session));
    }

    private UniAssertSubscriber<Reply<Answer>> arrives(Claim claim) {
        return room.await("red", claim, TIME, () -> goneClients.contains(claim.session()))
                .subscribe()
                .withSubscriber(UniAssertSubscriber.create());
    }

    private UniAssertSubscriber<Reply<Answer>> parked(String session) {
        return parked(plain(session));
    }

    private UniAssertSubscriber<Reply<Answer>> parked(Claim claim) {
        var waiter = arrives(claim);
        next(claim.session()).findsNothing();
        return waiter.assertNotTerminated();
    }

    private Try next(String session) {
        assertThat(tries).isNotEmpty();
        Try next = tries.remove();
        assertThat(next.session()).isEqualTo(session);
        return next;
    }

    /** Gives a task to each of those that are trying now; how many that were. */
    private int wokenAndServed() {
        List<Try> woken = List.copyOf(tries);
        tries.clear();
        woken.forEach(one -> one.finds("t"));
        return woken.size();
    }

    private static void has(UniAssertSubscriber<Reply<Answer>> waiter, String task) {
        assertThat(waiter.assertCompleted().getItem())
                .isInstanceOfSatisfying(
                        Reply.Now.class,
                        now -> assertThat(now.answer())
                                .isInstanceOfSatisfying(
                                        Answer.Granted.class,
                                        granted ->
                                                assertThat(granted.task().id()).isEqualTo(task)));
    }

    private static void hasNothing(UniAssertSubscriber<Reply<Answer>> waiter) {
        assertThat(waiter.assertCompleted().getItem()).isEqualTo(new Reply.Now<>(new Answer.Nothing(false)));
    }

    private void isEmpty() {
        assertThat(room.size()).isZero();
        assertThat(room.present()).isEmpty();
        assertThat(room.swarms()).isEmpty();
    }
}
