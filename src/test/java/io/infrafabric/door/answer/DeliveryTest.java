package io.infrafabric.door.answer;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import org.junit.jupiter.api.Test;

/** A lease is given back once if its answer reaches nobody, and never if it does. */
class DeliveryTest {
    private boolean closed;
    private int givenBack;
    private final Delivery delivery = new Delivery(() -> closed);

    private void granted() {
        delivery.granted(() -> Uni.createFrom().voidItem().invoke(() -> givenBack++))
                .await()
                .indefinitely();
    }

    @Test
    void what_was_written_stays() {
        granted();
        delivery.ended(true);
        closed = true;
        delivery.ended(false);
        assertThat(givenBack).isZero();
    }

    @Test
    void a_connection_that_is_closed_when_the_lease_is_committed_gives_it_back() {
        closed = true;
        assertThat(delivery.isGone()).isTrue();
        granted();
        delivery.ended(false);
        assertThat(givenBack).isEqualTo(1);
    }

    @Test
    void a_connection_that_breaks_off_before_the_commit_gives_it_back() {
        delivery.ended(false);
        assertThat(delivery.isGone()).isTrue();
        granted();
        assertThat(givenBack).isEqualTo(1);
    }

    @Test
    void a_connection_that_breaks_off_between_commit_and_answer_gives_it_back() {
        granted();
        assertThat(givenBack).isZero();
        delivery.ended(false);
        delivery.ended(false);
        assertThat(givenBack).isEqualTo(1);
    }
}
