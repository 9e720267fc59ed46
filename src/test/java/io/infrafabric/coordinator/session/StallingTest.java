package io.infrafabric.coordinator.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.session.Stalling.Decision;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class StallingTest {
    private static final Instant ZERO = Instant.parse("2026-11-29T12:00:00Z");
    private static final Duration STALL = Duration.ofSeconds(100);

    @Test
    void a_session_that_never_showed_progress_is_not_judged() {
        assertThat(new Stalling(null, null, at(0), STALL, null).decide(at(100_000)))
                .isEqualTo(new Decision.NotJudged());
    }

    @Test
    void a_session_that_holds_nothing_is_not_stalled() {
        assertThat(new Stalling(at(0), null, null, STALL, null).decide(at(5000)))
                .isEqualTo(new Decision.GoesOn(at(5100)));
    }

    @Test
    void progress_and_a_new_lease_both_begin_the_time_anew() {
        assertThat(new Stalling(at(50), null, at(0), STALL, null).decide(at(149)))
                .isEqualTo(new Decision.GoesOn(at(150)));
        assertThat(new Stalling(at(0), null, at(60), STALL, null).decide(at(159)))
                .isEqualTo(new Decision.GoesOn(at(160)));
    }

    @Test
    void it_is_asked_after_one_time_and_loses_its_work_after_three() {
        assertThat(new Stalling(at(0), null, at(0), STALL, null).decide(at(100)))
                .isEqualTo(new Decision.Stalls(at(0), at(300)));
        Stalling asked = new Stalling(at(0), null, at(0), STALL, at(100));
        assertThat(asked.decide(at(299))).isEqualTo(new Decision.StaysStalled(at(300)));
        assertThat(asked.decide(at(300))).isEqualTo(new Decision.Ends(at(400)));
    }

    @Test
    void whoever_is_asked_late_has_time_to_answer() {
        assertThat(new Stalling(at(0), null, at(0), STALL, null).decide(at(1000)))
                .isEqualTo(new Decision.Stalls(at(0), at(1100)));
        assertThat(new Stalling(at(0), null, at(0), STALL, at(1000)).decide(at(1099)))
                .isEqualTo(new Decision.StaysStalled(at(1100)));
    }

    @Test
    void progress_after_the_question_ends_it() {
        assertThat(new Stalling(at(250), null, at(0), STALL, at(100)).decide(at(300)))
                .isEqualTo(new Decision.GoesOn(at(350)));
    }

    @Test
    void a_running_tool_is_progress_until_its_time_is_over() {
        Stalling running = new Stalling(at(0), at(3600), at(0), STALL, null);
        assertThat(running.decide(at(3699))).isEqualTo(new Decision.GoesOn(at(3700)));
        assertThat(running.decide(at(3700))).isEqualTo(new Decision.Stalls(at(3600), at(3900)));
    }

    private static Instant at(long second) {
        return ZERO.plusSeconds(second);
    }
}
