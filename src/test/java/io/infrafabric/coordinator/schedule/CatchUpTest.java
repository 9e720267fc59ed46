package io.infrafabric.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.schedule.Schedule.Missed;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which firings are made after an outage. */
class CatchUpTest {
    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");
    private static final Duration LATE = Duration.ofMinutes(1);
    private static final Firings HOURLY = Schedule.firings("@hourly", "UTC");
    private static final Firings MINUTELY = Schedule.firings("* * * * *", "UTC");

    @ParameterizedTest
    @EnumSource(Missed.class)
    void one_that_is_on_time_is_made(Missed missed) {
        CatchUp due = CatchUp.decide(HOURLY, missed, NOON, NOON.plusSeconds(3), LATE, 100);
        assertThat(due.made()).containsExactly(NOON);
        assertThat(due.leftOut()).isZero();
        assertThat(due.next()).isEqualTo(NOON.plusSeconds(3600));
    }

    @Test
    void of_three_that_were_missed_the_last_all_or_none_are_made() {
        Instant now = NOON.plusSeconds(600);
        Instant first = NOON.minusSeconds(7200);
        CatchUp last = CatchUp.decide(HOURLY, Missed.LAST, first, now, LATE, 100);
        assertThat(last.made()).containsExactly(NOON);
        assertThat(last.leftOut()).isEqualTo(2);
        CatchUp all = CatchUp.decide(HOURLY, Missed.ALL, first, now, LATE, 100);
        assertThat(all.made()).containsExactly(first, first.plusSeconds(3600), NOON);
        assertThat(all.leftOut()).isZero();
        CatchUp none = CatchUp.decide(HOURLY, Missed.NONE, first, now, LATE, 100);
        assertThat(none.made()).isEmpty();
        assertThat(none.latest()).isEqualTo(NOON);
        assertThat(none.leftOut()).isEqualTo(3);
        assertThat(none.next()).isEqualTo(NOON.plusSeconds(3600));
    }

    @Test
    void none_makes_the_one_that_is_on_time() {
        CatchUp due = CatchUp.decide(HOURLY, Missed.NONE, NOON.minusSeconds(7200), NOON.plusSeconds(30), LATE, 100);
        assertThat(due.made()).containsExactly(NOON);
        assertThat(due.leftOut()).isEqualTo(2);
    }

    @Test
    void at_most_so_many_are_made_and_the_others_counted() {
        CatchUp due = CatchUp.decide(MINUTELY, Missed.ALL, NOON.minusSeconds(249 * 60), NOON, LATE, 100);
        assertThat(due.made()).hasSize(100).endsWith(NOON);
        assertThat(due.leftOut()).isEqualTo(150);
        assertThat(due.next()).isEqualTo(NOON.plusSeconds(60));
    }

    @Test
    void after_years_nobody_counts_every_minute() {
        CatchUp due = CatchUp.decide(MINUTELY, Missed.ALL, NOON.minus(Duration.ofDays(3650)), NOON, LATE, 100);
        assertThat(due.made()).hasSize(100).endsWith(NOON);
        assertThat(due.leftOut()).isEqualTo(CatchUp.MOST_COUNTED - 100);
    }
}
