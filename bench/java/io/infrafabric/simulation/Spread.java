package io.infrafabric.simulation;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** A figure over all seeds: its mean, and between what nine of ten seeds lie. */
record Spread(double mean, double low, double high) {

    static <T> Spread of(List<T> results, ToDoubleFunction<T> figure) {
        double[] sorted = results.stream()
                .mapToDouble(figure)
                .filter(value -> !Double.isNaN(value))
                .sorted()
                .toArray();
        if (sorted.length == 0) {
            return new Spread(Double.NaN, Double.NaN, Double.NaN);
        }
        double sum = 0;
        for (double value : sorted) {
            sum += value;
        }
        return new Spread(
                sum / sorted.length,
                sorted[(int) (0.05 * (sorted.length - 1))],
                sorted[(int) Math.ceil(0.95 * (sorted.length - 1))]);
    }

    String percent() {
        return text(100, " %");
    }

    String hours() {
        return text(1, " h");
    }

    private String text(double times, String unit) {
        return Double.isNaN(mean)
                ? "none"
                : String.format(
                        Locale.ROOT, "%.1f%s (%.1f to %.1f)", times * mean, unit, times * low, times * high);
    }
}
