package io.infrafabric.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.event.CoordinatorEvent.SessionLost;
import io.infrafabric.event.CoordinatorEvent.TaskStranded;
import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvelopeTest {

    @ParameterizedTest
    @CsvSource({
        "2026-01-02T00:00:00Z,2026-01-02",
        "2026-01-02T23:59:59.999Z,2026-01-02",
        "2026-01-03T00:00:00Z,2026-01-03",
        "1970-01-01T00:00:00Z,1970-01-01",
        "2100-02-28T12:00:00Z,2100-02-28"
    })
    void the_day_is_the_utc_day_in_the_id(Instant time, LocalDate day) {
        UUID smallest = new UUID(time.toEpochMilli() << 16 | 0x7000, Long.MIN_VALUE);
        UUID largest = new UUID(time.toEpochMilli() << 16 | 0x7fff, -1L >>> 2 | Long.MIN_VALUE);
        assertThat(Envelope.dayOf(smallest)).isEqualTo(day);
        assertThat(Envelope.dayOf(largest)).isEqualTo(day);
    }

    @Test
    void the_day_of_the_example_in_rfc_9562() {
        UUID example = UUID.fromString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
        assertThat(envelope(example, new SessionLost("ann", "red", 4, 1)).day()).isEqualTo("2022-02-22");
    }

    @Test
    void state_events_have_a_version_and_facts_have_none() {
        UUID id = UUID.fromString("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
        assertThat(envelope(id, new SessionLost("ann", "red", 4, 1)).version()).isEqualTo(4);
        assertThat(envelope(id, new TaskStranded("b", "red", "a", null)).version())
                .isNull();
    }

    private static Envelope envelope(UUID id, Event event) {
        return new Envelope(id, Catalogue.typeOf(event).name(), "/s2/coordinator", Instant.EPOCH, Trace.NONE, event);
    }
}
