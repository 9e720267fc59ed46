package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.event.Envelope;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class EventIdsTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private final EventIds ids = new EventIds(now::get, new SplittableRandom(1));

    @Test
    void isAUuidOfVersion7WithTheTimeInFront() {
        UUID id = ids.next();

        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(EventIds.timeOf(id).toInstant()).isEqualTo(NOON);
        assertThat(Envelope.dayOf(id)).isEqualTo(LocalDate.of(2026, 11, 23));
    }

    @Test
    void growsStrictlyWhileTheClockStandsStillOrIsSetBack() {
        List<UUID> made = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            made.add(ids.next());
        }
        now.set(NOON.minusSeconds(60));
        made.add(ids.next());

        assertThat(made).doesNotHaveDuplicates();
        assertThat(made.stream().map(UUID::toString)).isSorted();
    }

    @Test
    void theFloorOfATimeIsNotAboveAnyIdOfIt() {
        assertThat(EventIds.floor(NOON).toString())
                .isLessThanOrEqualTo(ids.next().toString());
        assertThat(EventIds.floor(NOON.plusMillis(1)).toString())
                .isGreaterThan(ids.next().toString());
    }
}
