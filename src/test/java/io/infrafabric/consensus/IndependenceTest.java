package io.infrafabric.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class IndependenceTest {
    private static BigDecimal of(String rho, Integer... clusters) {
        return Independence.of(List.of(clusters), new BigDecimal(rho));
    }

    @Test
    void without_correlation_everybody_counts() {
        assertThat(of("0", 7, 3, 1)).isEqualByComparingTo("11");
    }

    @Test
    void with_full_correlation_a_cluster_is_one_voice() {
        assertThat(of("1", 7, 3, 1)).isEqualByComparingTo("3");
    }

    @Test
    void in_between_it_is_the_design_effect() {
        // 7 / (1 + 6 * 0.5)
        assertThat(of("0.5", 7)).isEqualByComparingTo("1.75");
        // No number of the same is worth more than 1 / rho.
        assertThat(of("0.5", 1000)).isLessThan(new BigDecimal("2"));
        assertThat(of("0.5", 1, 1, 1)).isEqualByComparingTo("3");
    }

    @Test
    void what_adds_up_to_a_whole_is_one() {
        // Three times 2 / 1.5.
        assertThat(of("0.5", 2, 2, 2)).isEqualByComparingTo("4");
    }

    @Test
    void nobody_is_nobody() {
        assertThat(of("0.5")).isZero();
        assertThat(of("0.5", 0)).isZero();
    }

    @Test
    void one_vendor_is_one_however_it_is_spelt() {
        Independence.Cluster one = Independence.Cluster.of("anthropic", "sonnet 4");
        assertThat(Independence.Cluster.of(" Anthropic", "Sonnet\u00a04")).isEqualTo(one);
        assertThat(Independence.Cluster.of("ANTHROPIC\u200b", "SONNET  4")).isEqualTo(one);
        assertThat(Independence.Cluster.of("anthropic", "opus 4")).isNotEqualTo(one);
        assertThat(Independence.Cluster.of(null, null)).isEqualTo(Independence.Cluster.of("", " "));
    }
}
