package io.infrafabric.budget.price;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Prices that operators set. */
final class PriceTable {
    private static final String COLUMNS =
            "seq, provider, model, from_at, input, output, cache_read, cache_write, cache_write_1h, tiers, set_by";

    /** The database's time beside each row; without one there is a row of the time alone. */
    private static final String HOLDING = "SELECT n.now, p.* FROM (SELECT now() AS now) n LEFT JOIN LATERAL ("
            + "SELECT DISTINCT ON (model) " + COLUMNS + " FROM budget_price WHERE provider = $1 AND from_at <= now()"
            + " ORDER BY model, from_at DESC) p ON true";

    /** The one that holds, or the one that begins at exactly that moment. */
    private static final String THERE = "SELECT " + COLUMNS + ", now() AS now FROM budget_price WHERE provider = $1"
            + " AND model = $2 AND from_at <= coalesce($3::timestamptz, now()) ORDER BY from_at DESC LIMIT 1";

    private static final String COUNT = "SELECT count(*) FROM budget_price WHERE provider = $1";

    private static final String PUT = "INSERT INTO budget_price (provider, model, from_at, input, output, cache_read,"
            + " cache_write, cache_write_1h, tiers, set_by) VALUES ($1, $2, coalesce($3::timestamptz, now()),"
            + " $4::text::numeric, $5::text::numeric, $6::text::numeric, $7::text::numeric, $8::text::numeric, $9, $10)"
            + " ON CONFLICT (provider, model, from_at) DO UPDATE SET input = excluded.input, output = excluded.output,"
            + " cache_read = excluded.cache_read, cache_write = excluded.cache_write,"
            + " cache_write_1h = excluded.cache_write_1h, tiers = excluded.tiers, set_by = excluded.set_by,"
            + " set_at = now() RETURNING " + COLUMNS;

    /** What an operator set. */
    record SetPrice(long seq, String provider, Price price, Instant from, String by) {}

    /** What operators set for a provider and holds now, by the database's clock. */
    record Holding(Instant now, List<Price> prices) {}

    /** The proof that nobody else sets a price until the transaction has ended. Only the lock makes it. */
    static final class PriceTurn {
        private PriceTurn() {}
    }

    private PriceTable() {}

    /** Waits until nobody else sets a price, and keeps others waiting until the transaction has ended. */
    static Lock<Locks.Turns, PriceTurn> inTurn(Work work) {
        return Lock.inTurn(work, "budget_price", PriceTurn::new);
    }

    static Uni<Holding> holding(SqlClient client, String provider) {
        return client.preparedQuery(HOLDING).execute(Tuple.of(provider)).map(rows -> {
            List<Price> prices = new ArrayList<>();
            Instant now = null;
            for (Row row : rows) {
                now = Rows.instant(row, "now");
                if (row.getString("model") != null) {
                    prices.add(set(row).price());
                }
            }
            return new Holding(now, prices);
        });
    }

    /** What holds for a model at a moment ({@code null}: now), {@code null} if nothing was set for it. */
    static Uni<SetPrice> there(Work work, PriceTurn turn, String provider, String model, Instant from) {
        return work.connection()
                .preparedQuery(THERE)
                .execute(Tuple.of(provider, model, Rows.at(from)))
                .map(rows -> rows.size() == 0 ? null : set(rows.iterator().next()));
    }

    static Uni<Long> count(Work work, PriceTurn turn, String provider) {
        return work.connection()
                .preparedQuery(COUNT)
                .execute(Tuple.of(provider))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** Sets a price from a moment on ({@code null}: now). */
    static Uni<SetPrice> put(Work work, PriceTurn turn, String provider, Price price, Instant from, String by) {
        ModelRates rates = price.rates();
        Tuple row = Tuple.tuple()
                .addString(provider)
                .addString(price.model())
                .addOffsetDateTime(Rows.at(from))
                .addString(Rows.text(rates.input()))
                .addString(Rows.text(rates.output()))
                .addString(Rows.text(rates.cacheRead()))
                .addString(Rows.text(rates.cacheWrite()))
                .addString(Rows.text(rates.cacheWrite1h()))
                .addValue(json(price.tiers()))
                .addString(by);
        return work.connection()
                .preparedQuery(PUT)
                .execute(row)
                .map(rows -> set(rows.iterator().next()));
    }

    /** Newest first. */
    static Uni<List<SetPrice>> page(SqlClient client, String provider, String model, long before, int limit) {
        Tuple values = Tuple.of(limit);
        NewestFirst page = NewestFirst.by("seq")
                .only("provider", provider)
                .only("model", model)
                .before(before);
        return client.preparedQuery("SELECT " + COLUMNS + " FROM budget_price WHERE " + page.condition(values)
                        + page.order() + " LIMIT $1")
                .execute(values)
                .map(rows -> Rows.all(rows, PriceTable::set));
    }

    private static SetPrice set(Row row) {
        ModelRates rates = new ModelRates(
                row.getBigDecimal("input"),
                row.getBigDecimal("output"),
                row.getBigDecimal("cache_read"),
                row.getBigDecimal("cache_write"),
                row.getBigDecimal("cache_write_1h"));
        List<PriceTier> tiers = new ArrayList<>();
        for (Object tier : row.getJsonArray("tiers")) {
            tiers.add(tier((JsonObject) tier));
        }
        return new SetPrice(
                row.getLong("seq"),
                row.getString("provider"),
                new Price(row.getString("model"), rates, List.copyOf(tiers), 0),
                Rows.instant(row, "from_at"),
                row.getString("set_by"));
    }

    // As text: a number in JSON would become a floating one on its way.
    private static JsonArray json(List<PriceTier> tiers) {
        JsonArray array = new JsonArray();
        for (PriceTier tier : tiers) {
            ModelRates rates = tier.rates();
            array.add(new JsonObject()
                    .put("above", tier.above())
                    .put("input", Rows.text(rates.input()))
                    .put("output", Rows.text(rates.output()))
                    .put("cacheRead", Rows.text(rates.cacheRead()))
                    .put("cacheWrite", Rows.text(rates.cacheWrite()))
                    .put("cacheWrite1h", Rows.text(rates.cacheWrite1h())));
        }
        return array;
    }

    private static PriceTier tier(JsonObject json) {
        return new PriceTier(
                json.getLong("above"),
                new ModelRates(
                        money(json, "input"),
                        money(json, "output"),
                        money(json, "cacheRead"),
                        money(json, "cacheWrite"),
                        money(json, "cacheWrite1h")));
    }

    private static BigDecimal money(JsonObject json, String name) {
        String text = json.getString(name);
        return text == null ? null : new BigDecimal(text);
    }
}
