package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** When an event is missing on AMQP, by the tables alone. */
class AgainTest {
    private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration AT_MOST = Duration.ofMinutes(10);
    private static final UUID OLD = at(600);
    private static final UUID LATER = at(590);

    private static UUID at(long secondsAgo) {
        return EventIds.floor(NOW.minusSeconds(secondsAgo));
    }

    private static Again.Look look(Again.Last last, UUID newest, UUID oldest, Instant now) {
        return new Again.Look(last, newest, oldest, now, PATIENCE, AT_MOST);
    }

    @Test
    void atTheFirstLookNobodyKnowsWhetherTheInboxMoves() {
        assertThat(look(Again.Last.NONE, null, OLD, NOW).isMissing(OLD)).isFalse();
    }

    @Test
    void aSlowFunctionWhoseInboxMovesMissesNothing() {
        Again.Last last = look(Again.Last.NONE, at(700), at(650), NOW).after(null);

        Again.Look next = look(last, at(640), OLD, NOW.plusSeconds(60));
        assertThat(next.moves()).isTrue();
        assertThat(next.isMissing(OLD)).isFalse();
        assertThat(next.isMissing(at(100))).isFalse();
    }

    @Test
    void aFunctionIsSlowAndDoesNotStandStillWhileOneBatchTakesLessThanThePatience() {
        Again.Last last = look(Again.Last.NONE, at(700), OLD, NOW).after(null);
        Again.Look soon = look(last, at(700), OLD, NOW.plusSeconds(30));
        assertThat(soon.isMissing(OLD)).isFalse();

        Again.Look next = look(soon.after(null), at(700), OLD, NOW.plusSeconds(59));
        assertThat(next.moves()).isTrue();
        assertThat(next.isMissing(OLD)).isFalse();
        assertThat(look(next.after(null), at(700), OLD, NOW.plusSeconds(60)).isMissing(OLD))
                .as("it has stood still since the first look")
                .isTrue();
    }

    @Test
    void whatTheInboxHasOvertakenIsMissingAlthoughItMoves() {
        Again.Look look = look(Again.Last.NONE, at(10), OLD, NOW);

        assertThat(look.isMissing(OLD)).isTrue();
        assertThat(look.isMissing(at(65)))
                .as("overtaken by less than the patience")
                .isFalse();
    }

    @Test
    void whenTheInboxStandsStillEverythingIsMissing() {
        Again.Last last = look(Again.Last.NONE, at(700), OLD, NOW).after(null);

        Again.Look next = look(last, at(700), OLD, NOW.plusSeconds(60));
        assertThat(next.moves()).isFalse();
        assertThat(next.isMissing(OLD)).isTrue();
        assertThat(next.isMissing(LATER)).isTrue();
    }

    @Test
    void whatWasPublishedAgainIsExpectedForAPauseThatDoubles() {
        Again.Last first =
                look(Again.Last.NONE, null, OLD, NOW.minusSeconds(60)).after(null);
        Again.Last last = look(first, null, OLD, NOW).after(LATER);
        assertThat(last.rounds()).isEqualTo(1);

        assertThat(look(last, null, OLD, NOW.plusSeconds(119)).isMissing(LATER)).isFalse();
        assertThat(look(last, null, OLD, NOW.plusSeconds(120)).isMissing(LATER)).isTrue();
        assertThat(look(last, null, OLD, NOW.plusSeconds(119)).isMissing(at(300)))
                .as("came later, and was published once")
                .isTrue();

        for (int round = 2; round < 30; round++) {
            last = look(last, null, OLD, NOW).after(LATER);
        }
        assertThat(look(last, null, OLD, NOW.plus(AT_MOST)).isMissing(LATER)).isTrue();
    }

    @Test
    void whenNothingIsLeftTheCountBeginsAnew() {
        Again.Last first = look(Again.Last.NONE, null, OLD, NOW).after(OLD);

        assertThat(look(first, OLD, null, NOW).after(null)).isEqualTo(new Again.Last(OLD, null, null, null, null, 0));
    }
}
