package io.infrafabric.budget.price;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;

/**
 * What calls of a model cost.
 *
 * @param model whose price it is; {@code null} if there is none
 */
public record Priced(String model, How how, ModelRates rates, List<PriceTier> tiers, long maxOutput) {
    private static final BigDecimal LEAST = new BigDecimal("0.000001");
    private static final int DECIMALS = 6;
    private static final int MILLION = 6;

    /** How a price was found. */
    public enum How {
        /** Under exactly this name. */
        EXACT,
        /** Under this name without region, maker, date or version. */
        NORMALISED,
        /** That of the family whose name the model's begins with. */
        FAMILY,
        /** The dearest one of the provider, since it lists no such model. */
        DEAREST,
        /** There is no price for anything of this provider: what its calls cost is not known. */
        NONE
    }

    /** There is no price. */
    static final Priced NONE = new Priced(null, How.NONE, null, List.of(), 0);

    static Priced of(Price price, How how) {
        return new Priced(price.model(), how, price.rates(), price.tiers(), price.maxOutput());
    }

    /** Whether there is a price. */
    public boolean isKnown() {
        return rates != null;
    }

    /** Whether an operator said that calls cost nothing. */
    public boolean isFree() {
        return isKnown() && atMost(1, true, true, 1).signum() == 0;
    }

    /** US dollars per million tokens of input; {@code null} if there is no price. */
    public BigDecimal input() {
        return isKnown() ? rates.input() : null;
    }

    /** US dollars per million tokens of output; {@code null} if there is no price. */
    public BigDecimal output() {
        return isKnown() ? rates.output() : null;
    }

    /**
     * What a call cost in US dollars, with six decimals. 0 only if nothing was used or its price is 0, or if there is no
     * price ({@link #isKnown}). Negative numbers count as 0.
     *
     * @param input without what was read from or written to a cache
     * @param cacheWrite written to a cache for some minutes
     * @param cacheWrite1h written to a cache for an hour
     */
    public BigDecimal cost(long input, long output, long cacheRead, long cacheWrite, long cacheWrite1h) {
        if (!isKnown()) {
            return BigDecimal.ZERO;
        }
        ModelRates all =
                of(whole(input).add(whole(cacheRead)).add(whole(cacheWrite)).add(whole(cacheWrite1h)));
        BigDecimal exact = all.input()
                .multiply(whole(input))
                .add(all.output().multiply(whole(output)))
                .add(all.cacheRead().multiply(whole(cacheRead)))
                .add(all.cacheWrite().multiply(whole(cacheWrite)))
                .add(all.cacheWrite1h().multiply(whole(cacheWrite1h)))
                .movePointLeft(MILLION);
        BigDecimal rounded = exact.setScale(DECIMALS, RoundingMode.HALF_UP);
        return exact.signum() > 0 && rounded.signum() == 0 ? LEAST : rounded;
    }

    /**
     * The most that a call may cost in US dollars, rounded up; 0 if there is no price.
     *
     * @param caches whether the call asks to write to a cache
     * @param anHour whether it asks to write to one that lives an hour
     */
    public BigDecimal atMost(long input, boolean caches, boolean anHour, long output) {
        if (!isKnown()) {
            return BigDecimal.ZERO;
        }
        ModelRates all = of(whole(input));
        BigDecimal dearest = all.input().max(all.cacheRead());
        dearest = caches || anHour ? dearest.max(all.cacheWrite()) : dearest;
        dearest = anHour ? dearest.max(all.cacheWrite1h()) : dearest;
        return dearest.multiply(whole(input))
                .add(all.output().multiply(whole(output)))
                .movePointLeft(MILLION)
                .setScale(DECIMALS, RoundingMode.CEILING);
    }

    /** The prices that hold for an input of this size. */
    private ModelRates of(BigDecimal input) {
        ModelRates hold = rates;
        for (PriceTier tier : tiers) {
            if (input.compareTo(BigDecimal.valueOf(tier.above())) > 0) {
                hold = tier.rates();
            }
        }
        return hold.complete();
    }

    private static BigDecimal whole(long tokens) {
        return BigDecimal.valueOf(Math.max(0, tokens));
    }
}
