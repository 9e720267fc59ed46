package io.infrafabric.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class QuantilesTest {

    @Test
    void takesTheNearestRankOfUnorderedValues() {
        Quantiles quantiles = new Quantiles(List.of(15L, 50L, 20L, 40L, 35L));
        assertThat(quantiles.count()).isEqualTo(5);
        assertThat(quantiles.at(30)).isEqualTo(20);
        assertThat(quantiles.at(40)).isEqualTo(20);
        assertThat(quantiles.at(50)).isEqualTo(35);
        assertThat(quantiles.at(100)).isEqualTo(50);
    }

    @Test
    void p99IsTheLargestOfFewerThanAHundredValues() {
        assertThat(new Quantiles(LongStream.rangeClosed(1, 99).boxed().toList()).at(99))
                .isEqualTo(99);
        assertThat(new Quantiles(LongStream.rangeClosed(1, 200).boxed().toList()).at(99))
                .isEqualTo(198);
    }

    @Test
    void everyQuantileOfOneValueIsThatValue() {
        Quantiles quantiles = new Quantiles(List.of(7L));
        assertThat(quantiles.at(1)).isEqualTo(7);
        assertThat(quantiles.at(50)).isEqualTo(7);
        assertThat(quantiles.at(99)).isEqualTo(7);
    }

    @Test
    void refusesWhatHasNoAnswer() {
        assertThatThrownBy(() -> new Quantiles(List.of()).at(50)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> new Quantiles(List.of(1L)).at(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Quantiles(List.of(1L)).at(101)).isInstanceOf(IllegalArgumentException.class);
    }
}
