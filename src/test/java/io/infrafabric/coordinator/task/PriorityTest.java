package io.infrafabric.coordinator.task;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriorityTest {

    @ParameterizedTest
    @CsvSource({"P0,0", "P1,1", "P2,2", "P3,3"})
    void the_first_has_the_smallest_level_and_every_level_leads_back(Priority priority, int level) {
        assertThat((int) priority.level()).isEqualTo(level);
        assertThat(Priority.of(level)).isEqualTo(priority);
    }
}
