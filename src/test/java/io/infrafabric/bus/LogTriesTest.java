package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LogTriesTest {
    private static final UUID A = new UUID(0, 1);
    private static final UUID B = new UUID(0, 2);
    private static final UUID C = new UUID(0, 3);

    @Test
    void whatNothingIsKnownAgainstGoesTogether() {
        assertThat(LogTries.choose(List.of(A, B, C), Set.of(), Set.of())).containsExactly(A, B, C);
        assertThat(LogTries.choose(List.of(A, B, C), Set.of(A), Set.of(B))).containsExactly(C);
    }

    @Test
    void whatMayKillItsReadersGoesAloneWhenNothingElseIsLeft() {
        assertThat(LogTries.choose(List.of(A, B, C), Set.of(B, C), Set.of(A))).containsExactly(B);
    }

    @Test
    void whatAnotherReaderHasWaits() {
        assertThat(LogTries.choose(List.of(A, B), Set.of(), Set.of(A, B))).isEmpty();
    }
}
