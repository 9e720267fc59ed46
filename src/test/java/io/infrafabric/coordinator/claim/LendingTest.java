package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.command.Once.Reply;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Claims that are lent to a submit, which hands out tasks to those who wait. */
class LendingTest {
    private final HandRoom hand = new HandRoom();

    @AfterEach
    void closed() {
        hand.close();
    }

    @Test
    void a_claim_that_is_lent_does_not_look_by_itself_and_goes_with_what_it_was_given() {
        var ann = hand.parked("ann");
        var bob = hand.parked("bob");
        WaitingRoom.Loan loan = hand.room.lend(Map.of("red", 1));
        assertThat(loan.claims()).extracting(asked -> asked.command().session()).containsExactly("ann");
        assertThat(hand.room.lend(Map.of("blue", 1)).claims()).isEmpty();
        loan.giveBack(List.of(granted("ann", "t")));
        HandRoom.has(ann, "t");
        bob.assertNotTerminated();
        assertThat(hand.tries).isEmpty();
        assertThat(hand.room.size()).isEqualTo(1);
    }

    @Test
    void what_was_lent_and_got_nothing_waits_on() {
        var ann = hand.parked("ann");
        hand.room.lend(Map.of("red", 3)).giveBack(null);
        ann.assertNotTerminated();
        assertThat(hand.tries).isEmpty();
        hand.room.ring("red");
        hand.next("ann").finds("t");
        HandRoom.has(ann, "t");
        hand.mustBeEmpty();
    }

    @Test
    void a_bell_while_a_claim_is_lent_has_it_look_again() {
        var ann = hand.parked("ann");
        WaitingRoom.Loan loan = hand.room.lend(Map.of("red", 1));
        hand.room.ring("red");
        assertThat(hand.tries).isEmpty();
        loan.giveBack(null);
        hand.next("ann").finds("t");
        HandRoom.has(ann, "t");
        hand.mustBeEmpty();
    }

    @Test
    void who_was_lent_where_others_took_the_task_tries_again_at_once() {
        var ann = hand.parked("ann");
        hand.room.lend(Map.of("red", 1)).giveBack(List.of(new Reply.Now<>(new Answer.Nothing(true))));
        hand.next("ann").finds("t");
        HandRoom.has(ann, "t");
        hand.mustBeEmpty();
    }

    @Test
    void of_one_session_one_claim_is_lent_and_of_those_that_choose_none() {
        hand.parked("ann");
        hand.parked("ann");
        hand.parked(new Claim("bob", null, 0.7, HandRoom.LEASE));
        assertThat(hand.room.lend(Map.of("red", 3)).claims())
                .extracting(asked -> asked.command().session())
                .containsExactly("ann");
    }

    @Test
    void who_is_gone_is_not_lent() {
        var ann = hand.parked("ann");
        hand.parked("bob");
        hand.goneClients.add("ann");
        assertThat(hand.room.lend(Map.of("red", 1)).claims())
                .extracting(asked -> asked.command().session())
                .containsExactly("bob");
        assertThat(ann.assertCompleted().getItem()).isEqualTo(new Reply.Now<>(new Answer.Nothing(false)));
    }

    private static Reply<Answer> granted(String session, String task) {
        return new Reply.Now<>(
                new Answer.Granted(task(task).claimedBy(session, 1).made(), null, List.of()));
    }
}
