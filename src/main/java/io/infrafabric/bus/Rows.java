package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.groups.UniAndGroup2;
import io.smallrye.mutiny.groups.UniAndGroup3;
import io.smallrye.mutiny.groups.UniAndGroup5;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlClient;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Converts between rows and values for tables on the reactive client: lists become columns of an {@code unnest}, rows
 * become a list.
 */
public final class Rows {
    /** Later than anything in any table: stands for no end, and for the start of a newest-first page. */
    public static final Instant FOREVER = Instant.parse("9999-12-31T00:00:00Z");

    /** Greater than any other: where the newest first page starts among what is of the same moment. */
    public static final UUID LAST_ID = new UUID(-1, -1);

    private Rows() {}

    /** One column of a statement's rows. */
    public static <S, T> T[] column(Collection<S> rows, Function<S, T> cell, IntFunction<T[]> array) {
        return rows.stream().map(cell).toArray(array);
    }

    /** Maps each row, in order. */
    public static <T> List<T> all(RowSet<Row> rows, Function<Row, T> each) {
        return StreamSupport.stream(rows.spliterator(), false).map(each).toList();
    }

    /** A moment as the client wants it; {@code null} stays {@code null}. */
    public static OffsetDateTime at(Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    /** The database's time; within a transaction, the time at which it began. */
    public static Uni<Instant> now(SqlClient client) {
        return client.preparedQuery("SELECT now() AS now")
                .execute()
                .map(rows -> instant(rows.iterator().next(), "now"));
    }

    /**
     * Combines reads that do not depend on each other: a pool may run them side by side. Nothing that locks or writes
     * belongs here; in a transaction that is {@link Work#inOrder(Uni, Uni)}.
     */
    public static <A, B> UniAndGroup2<A, B> together(Uni<? extends A> one, Uni<? extends B> two) {
        return Uni.combine().all().unis(one, two);
    }

    /** Combines {@linkplain #together(Uni, Uni) reads that do not depend on each other}. */
    public static <A, B, C> UniAndGroup3<A, B, C> together(
            Uni<? extends A> one, Uni<? extends B> two, Uni<? extends C> three) {
        return Uni.combine().all().unis(one, two, three);
    }

    /** Combines {@linkplain #together(Uni, Uni) reads that do not depend on each other}. */
    public static <A, B, C, D, E> UniAndGroup5<A, B, C, D, E> together(
            Uni<? extends A> one,
            Uni<? extends B> two,
            Uni<? extends C> three,
            Uni<? extends D> four,
            Uni<? extends E> five) {
        return Uni.combine().all().unis(one, two, three, four, five);
    }

    /** The moment in this column, {@code null} if there is none. */
    public static Instant instant(Row row, String column) {
        OffsetDateTime at = row.getOffsetDateTime(column);
        return at == null ? null : at.toInstant();
    }

    /** SQL: a condition that a column of names holds one of the values that {@code which} accepts. */
    public static <E extends Enum<E>> String in(E[] values, Predicate<E> which) {
        return Arrays.stream(values)
                .filter(which)
                .map(value -> "'" + value.name() + "'")
                .collect(Collectors.joining(", ", "IN (", ")"));
    }

    /** Money as text, which an array can carry exactly; {@code null} stays {@code null}. */
    public static String text(BigDecimal money) {
        return money == null ? null : money.toPlainString();
    }
}
