package io.infrafabric.bench;

import java.util.List;
import java.util.Locale;

/** Measured values of one kind, in ascending order. */
record Figures(List<Double> sorted) {

    /** Of times in nanoseconds: milliseconds. */
    static Figures ofNanos(List<Long> nanos) {
        return of(nanos.stream().map(n -> n / 1e6).toList());
    }

    /** Of any values. */
    static Figures of(List<Double> values) {
        return new Figures(values.stream().sorted().toList());
    }

    /** By the nearest rank: {@code p} of 0.5 is the median. */
    double at(double p) {
        return sorted.get(Math.min(sorted.size() - 1, (int) (p * sorted.size())));
    }

    /** A row of a table: p50, p95, p99 and the greatest. */
    List<String> row(String name) {
        return List.of(name, text(median()), text(at(0.95)), text(at(0.99)), text(max()));
    }

    double median() {
        return at(0.5);
    }

    double max() {
        return sorted.getLast();
    }

    /** With two digits behind the point. */
    static String text(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    /** Without digits behind the point. */
    static String whole(double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    /** {@code 1.23 x}. */
    static String times(double value) {
        return text(value) + " x";
    }
}
