package io.infrafabric.relation;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.event.EscalationEvent.Severity;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GravityTest {

    @ParameterizedTest
    @CsvSource({
        "1,    0.3, 0.3, 0,    LOW",
        "1,    0.9, 0.1, 0,    LOW",
        "1,    0.4, 0.4, 0,    MEDIUM",
        "1,    0.5, 0.5, 0,    MEDIUM",
        "1,    0.5, 0.5, 1,    MEDIUM",
        "1,    0.5, 0.5, 3,    HIGH",
        "1,    0.8, 0.8, 0,    HIGH",
        "1,    0.9, 0.9, 1,    HIGH",
        "1,    0.8, 0.8, 3,    CRITICAL",
        "1,    0.5, 0.5, 31,   CRITICAL",
        "0.5,  0.9, 0.9, 0,    MEDIUM",
        "0,    1,   1,   1000, LOW",
    })
    void severity(double certainty, double one, double other, int resting, Severity expected) {
        assertThat(Gravity.of(certainty, one, other, resting).severity()).isEqualTo(expected);
        assertThat(Gravity.of(certainty, other, one, resting).severity()).isEqualTo(expected);
        assertThat(Gravity.asksHuman(expected)).isEqualTo(expected == Severity.HIGH || expected == Severity.CRITICAL);
    }
}
