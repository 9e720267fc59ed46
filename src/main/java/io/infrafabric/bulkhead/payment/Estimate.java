package io.infrafabric.bulkhead.payment;

import io.infrafabric.budget.price.Priced;
import io.infrafabric.bulkhead.provider.Dialect;
import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.provider.Provider.UnknownModel;
import io.infrafabric.bulkhead.usage.Request;
import java.math.BigDecimal;

/** The most that a call may cost. */
final class Estimate {
    private static final BigDecimal MOST = new BigDecimal("99999999999");

    private Estimate() {}

    /**
     * All of the input at the dearest price that may apply to it, and as much output as the request allows; if it does not
     * say, as much as the model gives, or else as much as is assumed. 0 without a price.
     */
    static BigDecimal of(Request request, Priced price, long assumedOutput) {
        if (!price.isKnown() || !request.isPaid()) {
            return BigDecimal.ZERO;
        }
        long output = request.maxOutputTokens();
        if (output < 0) {
            output = price.maxOutput() == 0 ? assumedOutput : price.maxOutput();
        }
        return price.atMost(request.inputTokens(), request.caches(), request.cachesAnHour(), output)
                .min(MOST);
    }

    /** Whose list prices hold for a provider of any name that speaks like this; {@code null} for nobody's. */
    static String kin(Dialect dialect) {
        return switch (dialect) {
            case ANTHROPIC -> "anthropic";
            case GEMINI -> "google";
            case BEDROCK -> "amazon-bedrock";
            // Local servers speak like these, too, and cost nothing.
            case OPENAI, OLLAMA, NONE -> null;
        };
    }

    /** Whether the provider refuses models whose price nobody knows, and this is one. */
    static boolean isRefused(Provider provider, Request request, Priced price) {
        return provider.unknownModel() == UnknownModel.REFUSE
                && request.isPaid()
                && (price.how() == Priced.How.DEAREST || price.how() == Priced.How.NONE);
    }
}
