package io.infrafabric.budget.price;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.infrafabric.budget.price.PriceTable.SetPrice;
import io.infrafabric.input.Check;
import io.infrafabric.input.Decimals;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Prices as calls say them. */
final class PriceBodies {
    /** US dollars for a million tokens. */
    private static final BigDecimal MOST = new BigDecimal("1000000");

    private static final long MOST_TOKENS = 1_000_000_000;
    private static final int MOST_TIERS = 10;
    private static final int FROM_YEAR = 2000;
    private static final int TO_YEAR = 2100;
    private static final Pattern MODEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,199}");

    private PriceBodies() {}

    /** {@code PUT /budget/prices/{provider}/{model}}. */
    record PriceBody(
            @Schema(description = "US dollars per million tokens of input", examples = "3.00")
            BigDecimal input,

            @Schema(description = "US dollars per million tokens of output", examples = "15.00")
            BigDecimal output,

            @Schema(description = "Input that was read from a cache (the price of input)")
            BigDecimal cacheRead,

            @Schema(description = "Input that was written to a cache for some minutes (the price of input)")
            BigDecimal cacheWrite,

            @Schema(description = "Input that was written to a cache for an hour (twice the price of input)")
            BigDecimal cacheWrite1h,

            @Schema(description = "Other prices for calls with more input, at most 10")
            List<TierBody> tiers,

            @Schema(description = "From when on it holds (now); until the next one of the model begins")
            Instant from) {

        Price check(String model) {
            List<PriceTier> checked = new ArrayList<>();
            List<TierBody> given = tiers == null ? List.of() : Check.atMost("tiers", tiers, MOST_TIERS);
            for (int i = 0; i < given.size(); i++) {
                PriceTier tier = given.get(i).check("tiers[" + i + "].");
                if (i > 0 && tier.above() <= checked.getLast().above()) {
                    throw Problem.badInput("tiers[" + i + "].above", "more than that of the tier before it");
                }
                checked.add(tier);
            }
            return new Price(
                    model, rates("", input, output, cacheRead, cacheWrite, cacheWrite1h), List.copyOf(checked), 0);
        }

        Instant since() {
            if (from == null) {
                return null;
            }
            int year = from.atOffset(ZoneOffset.UTC).getYear();
            if (year < FROM_YEAR || year >= TO_YEAR) {
                throw Problem.badInput("from", "a time from " + FROM_YEAR + " to " + (TO_YEAR - 1));
            }
            return from.truncatedTo(java.time.temporal.ChronoUnit.MICROS);
        }
    }

    /** Prices of calls with more input. */
    record TierBody(
            @Schema(
                    description =
                            "For the whole of a call whose input, cached tokens included, is above so many tokens")
            Long above,

            BigDecimal input,
            BigDecimal output,
            BigDecimal cacheRead,
            BigDecimal cacheWrite,
            BigDecimal cacheWrite1h) {

        PriceTier check(String at) {
            return new PriceTier(
                    Check.between(at + "above", Check.given(at + "above", above), 1, MOST_TOKENS),
                    rates(at, input, output, cacheRead, cacheWrite, cacheWrite1h));
        }

        static TierBody of(PriceTier tier) {
            ModelRates rates = tier.rates();
            return new TierBody(
                    tier.above(),
                    Decimals.plain(rates.input()),
                    Decimals.plain(rates.output()),
                    Decimals.plain(rates.cacheRead()),
                    Decimals.plain(rates.cacheWrite()),
                    Decimals.plain(rates.cacheWrite1h()));
        }
    }

    /** A price as it is shown; what is not listed is absent. */
    @Schema(name = "ModelPrice")
    record PriceView(
            String provider,
            String model,
            BigDecimal input,
            BigDecimal output,
            BigDecimal cacheRead,
            BigDecimal cacheWrite,
            BigDecimal cacheWrite1h,

            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<TierBody> tiers,

            @Schema(description = "From when on it holds; absent if it came with the fabric")
            Instant from,

            @Schema(description = "Who set it; absent if it came with the fabric")
            String by,

            @Schema(description = "Where it comes from, if it came with the fabric")
            String source,

            @Schema(description = "Of which day it is, if it came with the fabric")
            LocalDate asOf) {

        static PriceView of(SetPrice set) {
            return of(set.provider(), set.price(), set.from(), set.by(), null, null);
        }

        static PriceView of(String provider, Price price, ShippedPrices shipped) {
            return of(provider, price, null, null, shipped.source(), shipped.day());
        }

        private static PriceView of(
                String provider, Price price, Instant from, String by, String source, LocalDate asOf) {
            ModelRates rates = price.rates();
            return new PriceView(
                    provider,
                    price.model(),
                    Decimals.plain(rates.input()),
                    Decimals.plain(rates.output()),
                    Decimals.plain(rates.cacheRead()),
                    Decimals.plain(rates.cacheWrite()),
                    Decimals.plain(rates.cacheWrite1h()),
                    price.tiers().stream().map(TierBody::of).toList(),
                    from,
                    by,
                    source,
                    asOf);
        }
    }

    /** The name of a model, as providers write them: with dots, colons and slashes, too. */
    static String model(String field, String name) {
        if (name != null && !MODEL.matcher(name).matches()) {
            throw Problem.badInput(
                    field, "1 to 200 of letters, digits and . _ : @ / + -, starting with a letter or digit");
        }
        return name;
    }

    private static ModelRates rates(
            String at,
            BigDecimal input,
            BigDecimal output,
            BigDecimal cacheRead,
            BigDecimal cacheWrite,
            BigDecimal cacheWrite1h) {
        return new ModelRates(
                price(at + "input", Check.given(at + "input", input)),
                price(at + "output", Check.given(at + "output", output)),
                price(at + "cacheRead", cacheRead),
                price(at + "cacheWrite", cacheWrite),
                price(at + "cacheWrite1h", cacheWrite1h));
    }

    private static BigDecimal price(String field, BigDecimal value) {
        BigDecimal money = Check.money(field, value);
        if (money != null && money.compareTo(MOST) > 0) {
            throw Problem.badInput(field, "at most " + MOST.toPlainString() + " US dollars per million tokens");
        }
        return money;
    }
}
