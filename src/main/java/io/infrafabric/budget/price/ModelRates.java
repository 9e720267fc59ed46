package io.infrafabric.budget.price;

import java.math.BigDecimal;

/** Prices in US dollars per million tokens; {@code null} is not listed, which only input and output always are. */
record ModelRates(
        BigDecimal input, BigDecimal output, BigDecimal cacheRead, BigDecimal cacheWrite, BigDecimal cacheWrite1h) {

    /** The same with what is not listed at what it costs then. */
    ModelRates complete() {
        return new ModelRates(
                input,
                output,
                cacheRead == null ? input : cacheRead,
                cacheWrite == null ? input : cacheWrite,
                cacheWrite1h == null ? input.add(input) : cacheWrite1h);
    }

    boolean isDearerThan(ModelRates other) {
        int compared = input.add(output).compareTo(other.input.add(other.output));
        return compared == 0 ? input.compareTo(other.input) > 0 : compared > 0;
    }

    /** Whether these are the same prices, however many zeros they are written with. */
    boolean isSame(ModelRates other) {
        return same(input, other.input)
                && same(output, other.output)
                && same(cacheRead, other.cacheRead)
                && same(cacheWrite, other.cacheWrite)
                && same(cacheWrite1h, other.cacheWrite1h);
    }

    private static boolean same(BigDecimal one, BigDecimal other) {
        return one == null ? other == null : other != null && one.compareTo(other) == 0;
    }
}
