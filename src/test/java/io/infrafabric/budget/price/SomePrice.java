package io.infrafabric.budget.price;

import java.math.BigDecimal;
import java.util.List;

/** Prices for tests of other functions. */
public final class SomePrice {
    private SomePrice() {}

    /** So many US dollars for a million tokens of input and of output. */
    public static Priced of(String input, String output, Priced.How how) {
        ModelRates rates = new ModelRates(new BigDecimal(input), new BigDecimal(output), null, null, null);
        return new Priced("some", how, rates, List.of(), 0);
    }

    /** The same, with what reading from a cache costs, and writing to it for some minutes and for an hour. */
    public static Priced of(String input, String output, String read, String write, String hour) {
        ModelRates rates = new ModelRates(
                new BigDecimal(input),
                new BigDecimal(output),
                new BigDecimal(read),
                new BigDecimal(write),
                new BigDecimal(hour));
        return new Priced("some", Priced.How.EXACT, rates, List.of(), 0);
    }

    /** Nobody knows. */
    public static Priced none() {
        return new Priced(null, Priced.How.NONE, null, List.of(), 0);
    }
}
