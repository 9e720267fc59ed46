package io.infrafabric.coordinator;

import io.infrafabric.coordinator.Task.State;
import io.infrafabric.coordinator.Task.Step;
import io.infrafabric.door.Check;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.StreamSupport;

/** How rows of the coordinator's tables become tasks and steps, and lists become columns of an {@code unnest}. */
final class TaskRow {
    static final String COLUMNS = " t.id, t.seq, t.swarm, t.title, t.domains, t.tools, t.priority, t.estimated_cost,"
            + " t.assignee, t.payload, t.max_attempts, t.trace_token, t.submitted_by, t.body_hash, t.created_at, t.state,"
            + " t.open_deps, t.not_before, t.attempts, t.epoch, t.holder, t.lease_until, t.result, t.error, t.cost,"
            + " t.version, t.changed_at ";

    private TaskRow() {}

    static <S, T> T[] column(Collection<S> rows, Function<S, T> cell, IntFunction<T[]> array) {
        return rows.stream().map(cell).toArray(array);
    }

    static <T> List<T> all(RowSet<Row> rows, Function<Row, T> each) {
        return StreamSupport.stream(rows.spliterator(), false).map(each).toList();
    }

    static OffsetDateTime at(Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    static Instant instant(Row row, String column) {
        OffsetDateTime at = row.getOffsetDateTime(column);
        return at == null ? null : at.toInstant();
    }

    /** Money as it was given, without the zeros that the database fills up with. */
    static BigDecimal money(Row row, String column) {
        BigDecimal money = row.getBigDecimal(column);
        return money == null ? null : Check.money(column, money);
    }

    static String plain(BigDecimal money) {
        return money == null ? null : money.toPlainString();
    }

    static Step step(Row row) {
        return new Step(
                row.getLong("version"),
                row.getString("what"),
                row.getString("by"),
                row.getString("session"),
                State.valueOf(row.getString("state")),
                row.getLong("epoch"),
                row.getInteger("attempts"),
                row.getString("note"),
                instant(row, "not_before"),
                instant(row, "at"));
    }

    static Task task(Row row) {
        return new Task(
                row.getString("id"),
                row.getString("swarm"),
                row.getString("title"),
                List.of(row.getArrayOfStrings("domains")),
                List.of(row.getArrayOfStrings("tools")),
                Priority.of(row.getInteger("priority")),
                money(row, "estimated_cost"),
                row.getString("assignee"),
                row.getString("payload"),
                row.getInteger("max_attempts"),
                row.getString("trace_token"),
                row.getString("submitted_by"),
                instant(row, "created_at"),
                State.valueOf(row.getString("state")),
                null,
                null,
                instant(row, "not_before"),
                row.getInteger("attempts"),
                row.getLong("epoch"),
                row.getString("holder"),
                instant(row, "lease_until"),
                row.getString("result"),
                row.getString("error"),
                money(row, "cost"),
                row.getLong("version"),
                instant(row, "changed_at"),
                null,
                row.getInteger("open_deps"),
                row.getLong("seq"),
                row.getString("body_hash"));
    }
}
