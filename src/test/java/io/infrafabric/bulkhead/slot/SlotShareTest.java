package io.infrafabric.bulkhead.slot;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bulkhead.slot.SlotShare.Gifts;
import io.infrafabric.bulkhead.slot.SlotShare.Hungry;
import io.infrafabric.bulkhead.slot.SlotShare.Own;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotShareTest {

    @Test
    void gives_at_once_what_it_does_not_use() {
        assertThat(SlotShare.decide(new Own(10, 10, 4, 2, true), List.of(hungry("b", 2, 0, 0))))
                .isEqualTo(new Gifts(List.of("b", "b"), List.of()));
    }

    @Test
    void gives_of_what_it_uses_what_is_more_than_its_share() {
        assertThat(SlotShare.decide(new Own(10, 10, 0, 2, true), List.of(hungry("b", 20, 0, 0))))
                .isEqualTo(new Gifts(List.of(), List.of("b", "b", "b", "b", "b")));
        assertThat(SlotShare.decide(new Own(10, 5, 0, 2, true), List.of(hungry("b", 20, 5, 0))))
                .isEqualTo(Gifts.NONE);
    }

    @Test
    void gives_more_than_a_share_only_of_what_it_does_not_use() {
        assertThat(SlotShare.decide(new Own(10, 5, 1, 2, true), List.of(hungry("b", 20, 5, 0))))
                .isEqualTo(new Gifts(List.of("b"), List.of()));
    }

    @Test
    void those_with_less_come_first_and_get_one_at_a_time() {
        assertThat(SlotShare.decide(new Own(9, 9, 3, 3, true), List.of(hungry("b", 2, 1, 0), hungry("c", 2, 0, 0)))
                        .now())
                .containsExactly("c", "b", "c");
    }

    @Test
    void with_fewer_slots_than_replicas_the_last_one_goes_round() {
        Hungry fresh = hungry("b", 5, 0, 1);
        Hungry starving = hungry("c", 5, 0, 2);
        assertThat(SlotShare.decide(new Own(1, 1, 0, 3, true), List.of(fresh, starving)))
                .isEqualTo(new Gifts(List.of(), List.of("c")));
        assertThat(SlotShare.decide(new Own(1, 1, 0, 3, false), List.of(fresh, starving)))
                .as("it has just got it")
                .isEqualTo(Gifts.NONE);
        assertThat(SlotShare.decide(new Own(1, 0, 0, 3, true), List.of(starving)))
                .isEqualTo(Gifts.NONE);
    }

    private static Hungry hungry(String replica, int wants, int holds, int seconds) {
        return new Hungry(replica, wants, holds, Duration.ofSeconds(seconds));
    }
}
