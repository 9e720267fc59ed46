package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every step by hand: when a try is answered, when a bell rings, when the time is up. */
class WaitingRoomTest {
    private static final Reply<Answer> PAUSED = new Reply.Now<>(new Answer.Paused("red", "maintenance"));
    private static final Reply<Answer> RESTS = new Reply.Now<>(new Answer.Nothing(false, true));

    private final HandRoom hand = new HandRoom();

    @AfterEach
    void closed() {
        hand.close();
    }

    @Test
    void what_is_there_is_given_at_once() {
        var ann = hand.arrives("ann");
        hand.next("ann").finds("t");
        HandRoom.has(ann, "t");
        hand.mustBeEmpty();
    }

    @Test
    void a_refusal_is_given_at_once() {
        var ann = hand.arrives("ann");
        hand.next("ann").answer().complete(new Reply.Now<>(new Answer.Full(3, List.of())));
        assertThat(ann.assertCompleted().getItem()).isEqualTo(new Reply.Now<>(new Answer.Full(3, List.of())));
        hand.mustBeEmpty();
    }

    @Test
    void who_waits_in_a_paused_swarm_gets_the_first_task_when_it_is_resumed() {
        var ann = hand.arrives("ann");
        hand.next("ann").answer().complete(PAUSED);
        ann.assertNotTerminated();
        hand.room.ring("red");
        hand.next("ann").finds("t");
        HandRoom.has(ann, "t");
        hand.mustBeEmpty();
    }

    @Test
    void who_waited_in_a_paused_swarm_until_the_time_is_up_is_told_so_if_it_still_is() {
        var ann = hand.arrives("ann");
        hand.next("ann").answer().complete(PAUSED);
        var bob = hand.arrives("bob");
        hand.next("bob").answer().complete(PAUSED);
        hand.timer.timeIsUp();
        ann.assertNotTerminated();
        hand.next("ann").answer().complete(PAUSED);
        assertThat(ann.assertCompleted().getItem()).isEqualTo(PAUSED);
        hand.next("bob").findsNothing();
        HandRoom.hasNothing(bob);
        hand.mustBeEmpty();
    }

    @Test
    void where_all_there_is_rests_for_who_was_woken_the_next_one_is_woken() {
        hand.parked("ann");
        var bob = hand.parked("bob");
        hand.parked("cid");
        hand.room.ring("red");
        hand.next("ann").answer().complete(RESTS);
        hand.next("bob").finds("t");
        HandRoom.has(bob, "t");
        hand.next("cid").findsNothing();
        assertThat(hand.tries).isEmpty();
    }

    @Test
    void without_a_bell_so_many_look_and_others_with_the_next_look() {
        for (int i = 0; i < 100; i++) {
            hand.parked("s" + i);
        }
        hand.room.look("red");
        assertThat(hand.tries).hasSize(64);
        while (!hand.tries.isEmpty()) {
            hand.tries.remove().findsNothing();
        }
        hand.room.look("red");
        assertThat(hand.tries.stream().map(HandRoom.Try::session)).hasSize(64).contains("s64", "s99", "s0");
    }

    @Test
    void who_released_all_there_is_is_woken_once_for_a_bell() {
        hand.parked("ann");
        hand.parked("bob");
        hand.room.ring("red");
        hand.next("ann").answer().complete(RESTS);
        hand.next("bob").answer().complete(RESTS);
        assertThat(hand.tries).isEmpty();
    }

    @Test
    void a_bell_has_a_waiting_claim_look_again() {
        var ann = hand.parked("ann");
        assertThat(hand.room.size()).isEqualTo(1);
        assertThat(hand.room.swarms()).containsExactly("red");
        hand.room.ring("blue");
        assertThat(hand.tries).isEmpty();
        hand.room.ring("red");
        hand.next("ann").finds("t");
        HandRoom.has(ann, "t");
        hand.mustBeEmpty();
    }

    @Test
    void a_bell_wakes_one_and_no_more_when_that_one_finds_nothing() {
        var ann = hand.parked("ann");
        hand.parked("bob");
        hand.parked("cid");
        hand.room.ring("red");
        hand.next("ann").findsNothing();
        assertThat(hand.tries).isEmpty();
        ann.assertNotTerminated();
        assertThat(hand.room.size()).isEqualTo(3);
    }

    @Test
    void twice_as_many_are_woken_as_long_as_all_find_something() {
        for (int i = 0; i < 9; i++) {
            hand.parked("s" + i);
        }
        hand.room.ring("red");
        assertThat(hand.wokenAndServed()).isEqualTo(1);
        assertThat(hand.wokenAndServed()).isEqualTo(2);
        assertThat(hand.wokenAndServed()).isEqualTo(4);
        assertThat(hand.wokenAndServed()).isEqualTo(2);
        assertThat(hand.tries).isEmpty();
        hand.mustBeEmpty();
    }

    @Test
    void one_that_finds_nothing_ends_the_round() {
        for (int i = 0; i < 7; i++) {
            hand.parked("s" + i);
        }
        hand.room.ring("red");
        hand.next("s0").finds("t");
        hand.next("s1").finds("u");
        hand.next("s2").findsNothing();
        assertThat(hand.tries).isEmpty();
        assertThat(hand.room.size()).isEqualTo(5);
    }

    @Test
    void a_bell_during_the_first_try_leads_to_another_one() {
        var ann = hand.arrives("ann");
        hand.room.ring("red");
        hand.next("ann").findsNothing();
        hand.next("ann").finds("t");
        HandRoom.has(ann, "t");
        hand.mustBeEmpty();
    }

    @Test
    void a_bell_during_a_round_leads_to_another_round() {
        hand.parked("ann");
        var bob = hand.parked("bob");
        hand.room.ring("red");
        HandRoom.Try first = hand.next("ann");
        hand.room.ring("red");
        assertThat(hand.tries).as("the bell is kept until the round is over").isEmpty();
        first.finds("t");
        hand.next("bob").findsNothing();
        hand.next("bob").finds("u");
        HandRoom.has(bob, "u");
        hand.mustBeEmpty();
    }

    @Test
    void when_the_time_is_up_there_is_nothing() {
        var ann = hand.parked("ann");
        hand.timer.timeIsUp();
        HandRoom.hasNothing(ann);
        assertThat(hand.tries).isEmpty();
        hand.mustBeEmpty();
    }

    @Test
    void what_is_granted_while_the_time_runs_out_is_delivered() {
        var ann = hand.arrives("ann");
        hand.timer.timeIsUp();
        ann.assertNotTerminated();
        hand.next("ann").finds("t");
        HandRoom.has(ann, "t");
        hand.mustBeEmpty();
    }

    @Test
    void when_nothing_is_found_while_the_time_runs_out_that_is_the_answer() {
        var ann = hand.arrives("ann");
        hand.timer.timeIsUp();
        hand.room.ring("red");
        hand.next("ann").findsNothing();
        HandRoom.hasNothing(ann);
        hand.mustBeEmpty();
    }

    @Test
    void whose_client_is_gone_is_not_present_and_sent_away() {
        var ann = hand.parked("ann");
        var bob = hand.parked("bob");
        hand.goneClients.add("ann");
        assertThat(hand.room.present()).containsExactly("bob");
        HandRoom.hasNothing(ann);
        bob.assertNotTerminated();
        assertThat(hand.room.size()).isEqualTo(1);
    }

    @Test
    void whose_client_is_gone_takes_no_task_from_the_next_one() {
        var ann = hand.parked("ann");
        var bob = hand.parked("bob");
        hand.goneClients.add("ann");
        hand.room.ring("red");
        HandRoom.hasNothing(ann);
        hand.next("bob").finds("t");
        HandRoom.has(bob, "t");
        hand.mustBeEmpty();
    }

    @Test
    void what_is_granted_to_a_client_that_is_just_gone_is_told_to_the_caller_that_gives_it_back() {
        var ann = hand.arrives("ann");
        hand.goneClients.add("ann");
        hand.next("ann").finds("t");
        HandRoom.has(ann, "t");
        hand.mustBeEmpty();
    }

    @Test
    void each_of_those_who_are_choosy_tries_besides_the_one() {
        hand.parked("ann");
        hand.parked("bob");
        hand.parked(new Claim("cid", null, 0.7, HandRoom.LEASE));
        hand.parked(new Claim("dan", "t9", null, HandRoom.LEASE));
        hand.room.ring("red");
        assertThat(hand.tries.stream().map(HandRoom.Try::session)).containsExactlyInAnyOrder("ann", "cid", "dan");
        while (!hand.tries.isEmpty()) {
            hand.tries.remove().findsNothing();
        }
        assertThat(hand.room.size()).isEqualTo(4);
    }

    @Test
    void what_is_for_one_session_wakes_that_one_alone() {
        hand.parked("ann");
        var bob = hand.parked("bob");
        hand.room.ringFor("nobody");
        hand.room.ringFor("bob");
        hand.next("bob").finds("t");
        HandRoom.has(bob, "t");
        assertThat(hand.tries).isEmpty();
        assertThat(hand.room.size()).isEqualTo(1);
    }

    @Test
    void what_is_for_one_session_is_noticed_during_its_try() {
        var ann = hand.arrives("ann");
        hand.room.ringFor("ann");
        hand.next("ann").findsNothing();
        hand.next("ann").finds("t");
        HandRoom.has(ann, "t");
    }

    @Test
    void a_try_that_fails_is_told_and_leaves_no_trace() {
        var ann = hand.parked("ann");
        var bob = hand.parked("bob");
        hand.room.ring("red");
        hand.next("ann").answer().fail(new IllegalStateException("away"));
        ann.assertFailedWith(IllegalStateException.class, "away");
        hand.next("bob").findsNothing();
        bob.assertNotTerminated();
        assertThat(hand.room.size()).isEqualTo(1);
    }

    @Test
    void whoever_gives_up_waits_no_more() {
        var ann = hand.parked("ann");
        ann.cancel();
        hand.room.ring("red");
        assertThat(hand.tries).isEmpty();
        hand.mustBeEmpty();
    }

    @Test
    void who_waits_is_answered_when_the_room_closes() {
        var ann = hand.parked("ann");
        var annAgain = hand.parked("ann");
        var bob = hand.parked(new Claim("bob", null, 0.7, HandRoom.LEASE));
        var eve = hand.arrives("eve");
        hand.room.close();
        HandRoom.hasNothing(ann);
        HandRoom.hasNothing(annAgain);
        HandRoom.hasNothing(bob);
        eve.assertNotTerminated();
        hand.next("eve").finds("t");
        HandRoom.has(eve, "t");
        hand.mustBeEmpty();
    }

    @Test
    void who_comes_to_a_closed_room_tries_once() {
        hand.room.close();
        var ann = hand.arrives("ann");
        hand.next("ann").findsNothing();
        HandRoom.hasNothing(ann);
        hand.mustBeEmpty();
    }

    @Test
    void no_task_is_left_lying_when_bells_and_tries_overlap() throws InterruptedException {
        int sessions = 400;
        Queue<String> queued = new ConcurrentLinkedQueue<>();
        AtomicInteger served = new AtomicInteger();
        WaitingRoom busy = new WaitingRoom(
                asked -> Uni.createFrom().item(() -> {
                    String task = queued.poll();
                    return new Reply.Now<>(
                            task == null
                                    ? new Answer.Nothing(false)
                                    : new Answer.Granted(
                                            task(task)
                                                    .claimedBy(asked.command().session(), 1)
                                                    .made(),
                                            null,
                                            List.of()));
                }),
                new HandChoosing(),
                hand.timer);
        List<Thread> threads = new ArrayList<>();
        for (int part = 0; part < 4; part++) {
            int from = part;
            threads.add(Thread.startVirtualThread(() -> {
                for (int i = from; i < sessions; i += 4) {
                    busy.await("red", new Asked<>(HandRoom.plain("s" + i), Keep.nothing()), HandRoom.TIME, () -> false)
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
}
