package io.infrafabric.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.session.SessionTable.Held;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StandTextTest {
    private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
    private static final Instant END = Instant.parse("2026-11-29T12:03:10.123Z");

    @Test
    void it_says_what_is_held_and_until_when() {
        assertThat(StandText.of("anna", "demo", List.of(new Held("build", 3, END)), NOW))
                .isEqualTo("You are anna in demo. You hold build, epoch 3, until 12:03:10Z.");
        assertThat(StandText.of("anna", "demo", List.of(), NOW)).isEqualTo("You are anna in demo. You hold nothing.");
        assertThat(StandText.of("anna", "demo", List.of(new Held("build", 3, null)), NOW))
                .isEqualTo("You are anna in demo. You hold build, epoch 3, handed in and being checked.");
    }

    @Test
    void an_end_on_another_day_has_its_date() {
        assertThat(StandText.until(END.plusSeconds(86_400), NOW)).isEqualTo("2026-11-30T12:03:10Z");
    }

    @Test
    void it_stays_short() {
        List<Held> many =
                IntStream.range(0, 12).mapToObj(i -> new Held("t" + i, 1, END)).toList();
        assertThat(StandText.of("anna", "demo", many, NOW)).endsWith("t9, epoch 1, until 12:03:10Z; and 2 more.");
    }
}
