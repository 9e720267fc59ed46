package io.infrafabric.door.answer;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.infrafabric.input.Cursor;
import java.util.List;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * One page of a list, newest first.
 *
 * @param next cursor of the next page; {@code null} at the end, and shown even then
 */
@Schema(requiredProperties = {"items", "next"})
public record Page<T>(
        List<T> items,

        @JsonInclude(JsonInclude.Include.ALWAYS) @Schema(nullable = true)
        String next) {

    /**
     * A page from up to {@code limit + 1} rows: an extra row means that there is a next page.
     *
     * @param cursor the sort key of a row, in the parts that {@link Cursor#decode} gives back
     */
    public static <T> Page<T> of(List<T> rows, int limit, Function<T, List<String>> cursor) {
        if (rows.size() <= limit) {
            return new Page<>(List.copyOf(rows), null);
        }
        List<T> items = List.copyOf(rows.subList(0, limit));
        return new Page<>(items, Cursor.encode(cursor.apply(items.getLast())));
    }

    /** The same page with each item mapped, for example rows to answers. */
    public <R> Page<R> map(Function<T, R> words) {
        return new Page<>(items.stream().map(words).toList(), next);
    }
}
