package io.infrafabric.budget;

import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.input.Decimals;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Where exported calls belong, and those of them that are only shown. */
final class ExportTable {
    // The claim of the task that it names, else the newest one that stood at that time.
    private static final String PLACES = """
            SELECT i.n, coalesce(named.task, had.task) AS task, coalesce(named.epoch, had.epoch) AS epoch,
                   e.cost IS NOT NULL OR x.id IS NOT NULL AS known
              FROM unnest($3::int[], $4::text[], $5::timestamptz[], $6::text[]) AS i(n, id, at, task)
              LEFT JOIN LATERAL (
                SELECT h.task, h.epoch FROM budget_hold h
                 WHERE h.task = i.task AND h.account = $1 ORDER BY h.epoch DESC LIMIT 1) named ON true
              LEFT JOIN LATERAL (
                SELECT h.task, h.epoch FROM budget_hold h
                 WHERE named.task IS NULL AND h.account = $1 AND h.task IS NOT NULL AND h.task = coalesce($2, h.task)
                   AND h.placed_at <= coalesce(i.at, now())
                   AND h.placed_at > coalesce(i.at, now()) - make_interval(secs => $7)
                   AND (h.ended_at IS NULL OR h.ended_at >= coalesce(i.at, now()))
                 ORDER BY h.placed_at DESC LIMIT 1) had ON true
              LEFT JOIN budget_entry e ON e.account = $1 AND e.cost = '%s' || i.id
              LEFT JOIN budget_export x ON x.account = $1 AND x.id = i.id
            """.formatted(ExportTable.PREFIX);

    private static final String ADD = """
            INSERT INTO budget_export (account, id, why, task, epoch, model, tokens_in, tokens_out, amount, happened_at)
            SELECT account, id, why, task, epoch, model, tokens_in, tokens_out, amount::numeric, happened_at
              FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[],
                          $8::bigint[], $9::text[], $10::timestamptz[])
                AS i(account, id, why, task, epoch, model, tokens_in, tokens_out, amount, happened_at)
             ORDER BY account, id
                ON CONFLICT (account, id) DO NOTHING
            """;

    private static final String FORGET =
            "DELETE FROM budget_export WHERE account = ANY($1) AND at < now() - make_interval(secs => $2)";

    /** No id that a caller may give to a cost contains a colon. */
    private static final String PREFIX = "otlp:";

    private static final double MILLIS = 1000;

    /** Why an exported call is not booked. */
    @Schema(name = "WhyNotBooked")
    enum Why {
        /** Nobody knows a price of its model. */
        UNKNOWN_PRICE,
        /** The session calls this model through {@code bulkhead}, which books what it meters. */
        METERED
    }

    /**
     * Where an exported call belongs.
     *
     * @param task {@code null} for the account alone
     * @param known whether it was told before
     */
    record Place(String task, Long epoch, boolean known) {}

    /** A call that is only shown. */
    record Unbooked(String account, ModelUse use, Place place, Why why, BigDecimal amount) {}

    /**
     * A call that is only shown, as the list shows it.
     *
     * @param amount US dollars that it would have cost, {@code null} if nobody knows
     * @param at when it was told
     */
    @Schema(name = "ExportedCall")
    record Line(
            long seq,
            Why why,
            String taskId,
            Long epoch,
            String model,
            long tokensIn,
            long tokensOut,
            BigDecimal amount,
            Instant happenedAt,
            Instant at) {}

    private ExportTable() {}

    /** The id of the cost of an exported call, which makes it count once. */
    static String costId(ModelUse use) {
        return PREFIX + use.id();
    }

    /**
     * Where these calls belong, in their order.
     *
     * @param only {@code null}, or the only task to which they may belong
     * @param past how long before a call its claim may have begun
     */
    static Uni<List<Place>> places(SqlClient client, String account, String only, List<ModelUse> uses, Duration past) {
        List<Integer> numbers = IntStream.range(0, uses.size()).boxed().toList();
        return client.preparedQuery(PLACES)
                .execute(Tuple.from(new Object[] {
                    account,
                    only,
                    numbers.toArray(Integer[]::new),
                    Rows.column(uses, ModelUse::id, String[]::new),
                    Rows.column(uses, use -> timely(use.at()), OffsetDateTime[]::new),
                    Rows.column(uses, use -> only == null ? use.task() : only, String[]::new),
                    past.toMillis() / MILLIS
                }))
                .map(rows -> {
                    List<Place> places = new ArrayList<>(Collections.nCopies(uses.size(), null));
                    rows.forEach(row -> places.set(
                            row.getInteger("n"),
                            new Place(row.getString("task"), row.getLong("epoch"), row.getBoolean("known"))));
                    return places;
                });
    }

    /** PostgreSQL has fewer years than Java; booking refuses such a time. */
    private static OffsetDateTime timely(Instant at) {
        return at == null || at.isAfter(Rows.FOREVER) ? null : Rows.at(at);
    }

    /** Adds calls that are only shown, and forgets old ones of their accounts. Sent without waiting. */
    static void add(Work work, List<Unbooked> calls, Duration keep) {
        if (calls.isEmpty()) {
            return;
        }
        work.alongside(work.connection().preparedQuery(ADD).execute(Tuple.from(new Object[] {
            Rows.column(calls, Unbooked::account, String[]::new),
            Rows.column(calls, call -> call.use().id(), String[]::new),
            Rows.column(calls, call -> call.why().name(), String[]::new),
            Rows.column(calls, call -> call.place().task(), String[]::new),
            Rows.column(calls, call -> call.place().epoch(), Long[]::new),
            Rows.column(calls, call -> call.use().model(), String[]::new),
            Rows.column(calls, call -> call.use().tokensIn(), Long[]::new),
            Rows.column(calls, call -> call.use().output(), Long[]::new),
            Rows.column(calls, call -> Rows.text(call.amount()), String[]::new),
            Rows.column(calls, call -> timely(call.use().at()), OffsetDateTime[]::new)
        })));
        work.alongside(work.connection()
                .preparedQuery(FORGET)
                .execute(Tuple.of(
                        calls.stream().map(Unbooked::account).distinct().toArray(String[]::new),
                        keep.toMillis() / MILLIS)));
    }

    /** One page of an account's, newest first. */
    static Uni<List<Line>> page(SqlClient client, String account, long before, int limit) {
        Tuple values = Tuple.of(limit);
        NewestFirst page = NewestFirst.by("seq").only("account", account).before(before);
        return client.preparedQuery(
                        "SELECT * FROM budget_export WHERE " + page.condition(values) + page.order() + " LIMIT $1")
                .execute(values)
                .map(rows -> Rows.all(rows, ExportTable::line));
    }

    private static Line line(Row row) {
        return new Line(
                row.getLong("seq"),
                Why.valueOf(row.getString("why")),
                row.getString("task"),
                row.getLong("epoch"),
                row.getString("model"),
                row.getLong("tokens_in"),
                row.getLong("tokens_out"),
                Decimals.plain(row.getBigDecimal("amount")),
                Rows.instant(row, "happened_at"),
                Rows.instant(row, "at"));
    }
}
