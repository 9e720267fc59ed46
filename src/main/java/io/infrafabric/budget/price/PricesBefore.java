package io.infrafabric.budget.price;

import io.infrafabric.command.Before;
import jakarta.inject.Singleton;
import java.util.Map;

/** What the audit log shows of a price before an operator's call. */
@Singleton
class PricesBefore implements Before {
    private static final String PRICE = """
            SELECT jsonb_strip_nulls(jsonb_build_object('provider', provider, 'model', model, 'from', from_at, 'input', input,
              'output', output, 'cacheRead', cache_read, 'cacheWrite', cache_write, 'cacheWrite1h', cache_write_1h,
              'tiers', tiers))::text
            FROM budget_price WHERE provider = split_part($1, '/', 1) AND model = substr($1, strpos($1, '/') + 1)
             AND from_at <= now() ORDER BY from_at DESC LIMIT 1
            """;

    @Override
    public Map<String, String> statements() {
        return Map.of("budget/prices", PRICE);
    }
}
