package io.infrafabric.escalation;

import static io.infrafabric.escalation.Examples.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.escalation.WebhookDelivery.Outcome;
import io.infrafabric.escalation.WebhookDelivery.State;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class WebhookDeliveryTest {
    private static final Duration LEASE = Duration.ofSeconds(60);
    private static final Outcome BROKEN = new Outcome.Answered(500, null, "oh");

    private final Retry retry = new Retry(3, Duration.ofSeconds(5), Duration.ofMinutes(1));
    private final RandomGenerator random = new SplittableRandom(1);
    private final WebhookDelivery claimed = Examples.waiting().claim(retry, LEASE, NOW);

    @Test
    void an_attempt_has_a_number_and_a_lease() {
        assertThat(claimed.state()).isEqualTo(State.SENDING);
        assertThat(claimed.attempt()).isEqualTo(1);
        assertThat(claimed.leaseUntil()).isEqualTo(NOW.plus(LEASE));
        assertThat(claimed.isDue(NOW.plusSeconds(59))).isFalse();
        assertThat(claimed.isDue(NOW.plusSeconds(60))).isTrue();
    }

    @Test
    void success_is_any_2xx() {
        for (int status : new int[] {200, 202, 204, 299}) {
            WebhookDelivery done = claimed.after(new Outcome.Answered(status, null, ""), retry, random, NOW);
            assertThat(done.state()).isEqualTo(State.DELIVERED);
            assertThat(done.endedAt()).isEqualTo(NOW);
            assertThat(done.error()).isNull();
            assertThat(done.isDue(NOW.plusSeconds(1000))).isFalse();
        }
    }

    @Test
    void everything_else_is_tried_again() {
        for (int status : new int[] {301, 302, 400, 404, 429, 500, 503}) {
            WebhookDelivery failed = claimed.after(new Outcome.Answered(status, null, "oh"), retry, random, NOW);
            assertThat(failed.state()).isEqualTo(State.WAITING);
            assertThat(failed.status()).isEqualTo(status);
            assertThat(failed.error()).isEqualTo("HTTP " + status + ": oh");
            assertThat(failed.nextAt()).isBetween(NOW, NOW.plusSeconds(5));
        }
        WebhookDelivery silent = claimed.after(new Outcome.Unanswered("refused"), retry, random, NOW);
        assertThat(silent.state()).isEqualTo(State.WAITING);
        assertThat(silent.status()).isNull();
        assertThat(silent.error()).isEqualTo("refused");
    }

    @Test
    void retry_after_is_honoured() {
        WebhookDelivery failed =
                claimed.after(new Outcome.Answered(503, Duration.ofSeconds(30), ""), retry, random, NOW);
        assertThat(failed.nextAt()).isEqualTo(NOW.plusSeconds(30));
    }

    @Test
    void a_receiver_that_is_gone_is_not_tried_again() {
        WebhookDelivery gone = claimed.after(new Outcome.Answered(410, null, ""), retry, random, NOW);
        assertThat(gone.state()).isEqualTo(State.DEAD);
        assertThat(gone.status()).isEqualTo(410);
    }

    @Test
    void after_the_last_attempt_it_is_dead_and_a_replay_gives_as_many_again() {
        WebhookDelivery delivery = Examples.waiting();
        for (int i = 0; i < 3; i++) {
            assertThat(delivery.state()).isEqualTo(State.WAITING);
            delivery = delivery.claim(retry, LEASE, NOW).after(BROKEN, retry, random, NOW);
        }
        assertThat(delivery.state()).isEqualTo(State.DEAD);
        assertThat(delivery.attempt()).isEqualTo(3);

        WebhookDelivery again = delivery.replayed(NOW.plusSeconds(9));
        assertThat(again.state()).isEqualTo(State.WAITING);
        assertThat(again.isDue(NOW.plusSeconds(9))).isTrue();
        WebhookDelivery failed = again.claim(retry, LEASE, NOW).after(BROKEN, retry, random, NOW);
        assertThat(failed.state()).isEqualTo(State.WAITING);
        assertThat(failed.attempt()).isEqualTo(4);
        assertThat(failed.endedAt()).isNull();
    }

    @Test
    void an_attempt_whose_process_died_is_taken_over_and_counts() {
        WebhookDelivery over = claimed.claim(retry, LEASE, NOW.plusSeconds(60));
        assertThat(over.attempt()).isEqualTo(2);
        WebhookDelivery last = over.claim(retry, LEASE, NOW.plusSeconds(120));
        assertThat(last.attempt()).isEqualTo(3);
        assertThat(last.claim(retry, LEASE, NOW.plusSeconds(180)).state()).isEqualTo(State.DEAD);
    }
}
