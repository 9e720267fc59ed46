package io.infrafabric.coordinator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who of many looks when a bell rings, and how often. */
class WaitingLineTest {
    private static final Reply<Answer> RESTS = new Reply.Now<>(new Answer.Nothing(false, true));

    private final HandRoom hand = new HandRoom();

    @AfterEach
    void closed() {
        hand.close();
    }

    @Test
    void after_the_first_only_those_are_woken_for_whom_there_is_something() {
        for (int i = 0; i < 200; i++) {
            hand.parked("s" + i);
        }
        hand.choosing.able = waiting -> waiting.contains("s150") ? List.of("s150") : List.of();
        hand.room.ring("red");
        hand.next("s0").answer().complete(RESTS);
        hand.next("s150").finds("t");
        assertThat(hand.tries).isEmpty();
        assertThat(hand.room.size()).isEqualTo(199);
    }

    @Test
    void one_task_has_one_look() {
        for (int i = 0; i < 200; i++) {
            hand.parked("s" + i);
        }
        hand.choosing.able = waiting -> List.of();
        hand.room.ring("red");
        hand.next("s0").finds("t");
        assertThat(hand.tries).isEmpty();
    }

    @Test
    void of_the_choosy_ones_as_many_are_woken_as_there_are_tasks_and_others_if_those_look_in_vain() {
        for (int i = 0; i < 200; i++) {
            hand.parked(new Claim("s" + i, null, 0.7, HandRoom.LEASE));
        }
        hand.choosing.able = waiting -> waiting.subList(0, Math.min(2, waiting.size()));
        hand.room.ring("red");
        hand.next("s0").finds("t");
        hand.next("s1").findsNothing();
        hand.choosing.able = waiting -> List.of(waiting.getFirst());
        assertThat(hand.tries).hasSize(2);
        hand.next("s2").findsNothing();
        hand.choosing.able = waiting -> List.of();
        hand.next("s3").finds("u");
        assertThat(hand.tries).isEmpty();
    }

    @Test
    void a_key_that_comes_free_wakes_those_with_a_task_of_their_own_for_it_as_many_as_it_has_room_for() {
        for (int i = 0; i < 50; i++) {
            hand.parked("s" + i);
        }
        hand.choosing.keysAreFree = waiting -> waiting.contains("s7") ? List.of("s7") : List.of();
        hand.room.keyCameFree("blue");
        assertThat(hand.tries).isEmpty();
        hand.room.keyCameFree("red");
        hand.next("s7").finds("t");
        assertThat(hand.tries).isEmpty();
        assertThat(hand.room.size()).isEqualTo(49);
    }

    @Test
    void a_key_that_comes_free_during_a_search_leads_to_another_one() {
        hand.parked("ann");
        var bob = hand.parked("bob");
        hand.choosing.keysAreFree = waiting -> List.of(waiting.getFirst());
        hand.room.keyCameFree("red");
        HandRoom.Try first = hand.next("ann");
        hand.room.keyCameFree("red");
        hand.choosing.keysAreFree = waiting -> List.of();
        first.finds("t");
        hand.choosing.keysAreFree = waiting -> waiting;
        bob.assertNotTerminated();
        hand.room.keyCameFree("red");
        hand.next("bob").finds("u");
        hand.mustBeEmpty();
    }
}
