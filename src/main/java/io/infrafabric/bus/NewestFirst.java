package io.infrafabric.bus;

import io.vertx.mutiny.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The condition and the order of a page of a list, newest first, written so that only the index of exactly these columns
 * gives that order: what does not match is not read, however much there is of it.
 *
 * <p>With {@code swarm = $1 ORDER BY at DESC} PostgreSQL may also walk all rows by their time and pass over those of other
 * swarms; it does so wherever it takes a swarm for common. So what is asked for takes part in the order, too: {@code (swarm)
 * >= ($1) AND (swarm, at, id) < ($1, $2, $3) ORDER BY swarm DESC, at DESC, id DESC}. The index has the same columns, all of
 * them ascending.
 */
public final class NewestFirst {
    private record Sql(String text) {}

    private final List<String> columns = new ArrayList<>();
    private final List<Object> values = new ArrayList<>();
    private final List<String> order;
    private Object since;
    private List<Object> before;

    private NewestFirst(List<String> order) {
        this.order = order;
    }

    /** A list in the order of these columns; the last one tells apart what is equal in the others. */
    public static NewestFirst by(String... order) {
        return new NewestFirst(List.of(order));
    }

    /** Only rows with this value in this column; {@code null} is any. In the order of the index. */
    public NewestFirst only(String column, Object value) {
        if (value != null) {
            columns.add(column);
            values.add(value);
        }
        return this;
    }

    /** Only rows in which this column is what this SQL says. In the order of the index. */
    public NewestFirst like(String column, String sql) {
        return only(column, new Sql(sql));
    }

    /** Only rows from this value of the first column of the order on; {@code null} is any. */
    public NewestFirst since(Object first) {
        since = first;
        return this;
    }

    /** Only rows before the one with these values in the columns of the order. */
    public NewestFirst before(Object... key) {
        before = List.of(key);
        return this;
    }

    /** SQL for Hibernate: the condition, whose parameters {@link #bind} gives. */
    public String condition() {
        return condition(index -> ":n" + index);
    }

    /** SQL for the reactive client: the condition, whose parameters are added to those that are there. */
    public String condition(Tuple parameters) {
        int there = parameters.size();
        String sql = condition(index -> "$" + (there + 1 + index));
        bind((name, value) -> parameters.addValue(value));
        return sql;
    }

    /** Gives the parameters that {@link #condition()} names. */
    public void bind(BiConsumer<String, Object> parameter) {
        List<Object> given =
                all().stream().filter(value -> !(value instanceof Sql)).toList();
        for (int i = 0; i < given.size(); i++) {
            parameter.accept("n" + i, given.get(i));
        }
    }

    private List<Object> all() {
        List<Object> all = new ArrayList<>(values);
        all.addAll(before);
        if (since != null) {
            all.add(since);
        }
        return all;
    }

    /** SQL: the order. */
    public String order() {
        return Stream.concat(columns.stream(), order.stream())
                .map(column -> column + " DESC")
                .collect(Collectors.joining(", ", " ORDER BY ", ""));
    }

    private String condition(IntFunction<String> parameter) {
        List<String> shown = new ArrayList<>();
        int given = 0;
        for (Object value : all()) {
            shown.add(value instanceof Sql(String text) ? text : parameter.apply(given++));
        }
        int filters = columns.size();
        List<String> all = new ArrayList<>(columns);
        all.addAll(order);
        String upper = row(all) + " < " + row(shown.subList(0, all.size()));
        List<String> least = new ArrayList<>(columns);
        List<String> from = new ArrayList<>(shown.subList(0, filters));
        if (since != null) {
            least.add(order.getFirst());
            from.add(shown.getLast());
        }
        return least.isEmpty() ? upper : row(least) + " >= " + row(from) + " AND " + upper;
    }

    private static String row(List<String> parts) {
        return parts.stream().collect(Collectors.joining(", ", "(", ")"));
    }
}
