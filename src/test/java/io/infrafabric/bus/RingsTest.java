package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RingsTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    private final Rings rings = new Rings();

    @Test
    void a_bell_wakes_all_who_wait_for_it_and_nobody_else() {
        var first = rung(rings.take("ann"), LONG);
        var second = rung(rings.take("ann"), LONG);
        var other = rung(rings.take("bob"), LONG);
        rings.ring("ann");
        first.assertCompleted();
        second.assertCompleted();
        other.assertNotTerminated();
        assertThat(rings.awaited()).containsExactly("bob");
    }

    @Test
    void a_bell_between_the_look_and_the_wait_is_not_missed() {
        Rings.Place place = rings.take("ann");
        rings.ring("ann");
        rung(place, LONG).assertCompleted();
    }

    @Test
    void a_bell_that_nobody_waits_for_is_forgotten() {
        rings.ring("ann");
        rung(rings.take("ann"), LONG).assertNotTerminated();
    }

    @Test
    void the_wait_ends_by_itself() {
        rung(rings.take("ann"), Duration.ofMillis(1)).awaitItem(LONG).assertCompleted();
        rung(rings.take("ann"), Duration.ofNanos(1)).awaitItem(LONG).assertCompleted();
        rung(rings.take("ann"), Duration.ZERO).awaitItem(LONG).assertCompleted();
    }

    @Test
    void whoever_leaves_waits_no_more() {
        Rings.Place place = rings.take("ann");
        Rings.Place other = rings.take("ann");
        rung(place, LONG).cancel();
        place.leave();
        place.leave();
        assertThat(rings.awaited()).containsExactly("ann");
        other.leave();
        assertThat(rings.awaited()).isEmpty();
    }

    @Test
    void leaving_after_the_bell_does_not_disturb_the_next_one() {
        Rings.Place before = rings.take("ann");
        rings.ring("ann");
        var next = rung(rings.take("ann"), LONG);
        before.leave();
        rings.ring("ann");
        next.assertCompleted();
    }

    @Test
    void where_it_is_closed_nobody_waits() {
        var before = rung(rings.take("ann"), LONG);
        rings.close();
        before.assertCompleted();
        rung(rings.take("bob"), LONG).assertCompleted();
        assertThat(rings.awaited()).isEmpty();
    }

    private static UniAssertSubscriber<Void> rung(Rings.Place place, Duration atMost) {
        return place.rung(atMost).subscribe().withSubscriber(UniAssertSubscriber.create());
    }
}
