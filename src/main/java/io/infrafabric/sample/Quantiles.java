package io.infrafabric.sample;

import java.util.Arrays;
import java.util.Collection;

/**
 * Quantiles by nearest rank: the smallest value that is not below the requested share of all values. So every quantile
 * is a measured value, and p99 of fewer than 100 values is the largest.
 */
final class Quantiles {
    private final long[] sorted;

    Quantiles(Collection<Long> values) {
        sorted = values.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
    }

    int count() {
        return sorted.length;
    }

    /**
     * The quantile, in the unit of the values.
     *
     * @param percent above 0, at most 100
     * @throws IllegalStateException if there are no values
     */
    long at(int percent) {
        if (percent < 1 || percent > 100) {
            throw new IllegalArgumentException("percent: expected 1 to 100, not " + percent);
        }
        if (sorted.length == 0) {
            throw new IllegalStateException("no values, so no quantile");
        }
        long rank = Math.ceilDiv((long) percent * sorted.length, 100L);
        return sorted[(int) rank - 1];
    }
}
