package io.infrafabric.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QuotaTest {
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
    private static final Quota ANN = new Quota("things", "s2.things-of-session", "session:ann", 3);
    private static final Quota RED = new Quota("things", "s2.things", "swarm:red", 5);

    private Instant now = NOW;

    private Rates rates(Duration span) {
        return new Rates(span, () -> now);
    }

    @Test
    void a_room_gives_what_all_quotas_allow_and_else_takes_nothing() {
        Quota.Room room = new Quota.Room(Map.of(ANN, 1L, RED, 1L), Duration.ofSeconds(10));
        assertThat(room.take(List.of(ANN, RED), 2)).isNull();
        assertThat(room.take(List.of(ANN, RED), 1)).isEqualTo(new Quota.Exceeded(ANN, 3, Duration.ofSeconds(10)));
        assertThat(room.take(List.of(RED), 2)).isNull();
        assertThat(room.take(List.of(RED), 1)).isEqualTo(new Quota.Exceeded(RED, 5, Duration.ofSeconds(10)));
    }

    @Test
    void what_is_refused_says_which_quota_and_when_to_try_again() {
        var problem = new Quota.Exceeded(ANN, 3, Duration.ofSeconds(10)).problem();
        assertThat(problem.code().status()).isEqualTo(429);
        assertThat(problem.retryAfter()).isEqualTo(10);
        assertThat(problem.extensions())
                .containsEntry("quota", "things")
                .containsEntry("owner", "session:ann")
                .containsEntry("used", 3L)
                .containsEntry("limit", 3L)
                .containsEntry("setting", "s2.things-of-session");
    }

    @Test
    void a_rate_is_used_up_until_the_minute_is_over() {
        Rates rates = rates(Duration.ofMinutes(1));
        assertThat(rates.take(List.of(ANN, RED), 3)).isNull();
        now = NOW.plusSeconds(20);
        assertThat(rates.take(List.of(ANN, RED), 1)).isEqualTo(new Quota.Exceeded(ANN, 3, Duration.ofSeconds(41)));
        now = NOW.plusSeconds(60);
        assertThat(rates.take(List.of(ANN, RED), 3)).isNull();
    }

    @Test
    void one_sessions_refusals_use_up_nothing_of_its_swarm() {
        Rates rates = rates(Duration.ofMinutes(1));
        assertThat(rates.take(List.of(ANN, RED), 3)).isNull();
        for (int i = 0; i < 10; i++) {
            assertThat(rates.take(List.of(ANN, RED), 1).quota()).isEqualTo(ANN);
        }
        assertThat(rates.take(List.of(RED), 2)).isNull();
        assertThat(rates.take(List.of(RED), 1).quota()).isEqualTo(RED);
        assertThat(rates.take(List.of(ANN, RED), 1).quota()).isEqualTo(ANN);
    }

    @Test
    void a_batch_of_more_than_a_minutes_share_passes_alone() {
        Rates rates = rates(Duration.ofMinutes(1));
        assertThat(rates.take(List.of(ANN), 7)).isNull();
        assertThat(rates.take(List.of(ANN), 1)).isNotNull();
    }

    @Test
    void what_is_counted_is_forgotten_with_its_span() {
        Rates refusals = rates(Duration.ofSeconds(1));
        refusals.count(ANN);
        refusals.count(ANN);
        now = NOW.plusMillis(999);
        assertThat(refusals.used(ANN)).isEqualTo(2);
        assertThat(refusals.used(RED)).isZero();
        now = NOW.plusSeconds(1);
        assertThat(refusals.used(ANN)).isZero();
    }
}
