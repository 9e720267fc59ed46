package io.infrafabric.dissent;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Rows;
import io.infrafabric.door.answer.Page;
import io.infrafabric.input.Cursor;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Finds memos, newest first, in one way for rare and for common words, sessions, outcomes and dates.
 *
 * <p>An index on words knows no order, and an order knows no words: a scan of all memos from the newest takes long for
 * a rare word, and an index lookup of a common word gives everything. So the search goes through the chain in pieces:
 * first the two newest blocks of 1,024 positions, where common words turn up at once; then stretches of 16,384, each
 * with one look into the index, which costs next to nothing if there is no match. A piece is a word like any other
 * ({@code V501__memo_search.sql}), so the index alone finds the memos that match everything, however common each part
 * is. Only phrases must be read in the memos themselves.
 */
@ApplicationScoped
public class SearchTransaction {
    /**
     * What to search for; {@code null} means anything.
     *
     * @param words all of them must be in the memo, or in one part of a long one; as in a web search ({@code "…"},
     * {@code or}, {@code -})
     * @param session a session that voted
     * @param before where the previous page ended
     */
    record Query(String words, String session, String swarm, String outcome, Instant from, Instant to, Long before) {

        /** The conditions other than words, in the form of the index; ids and outcomes contain no quotes. */
        String keys() {
            String keys = Stream.of(key("swarm", swarm), key("session", session), key("outcome", outcome))
                    .filter(Objects::nonNull)
                    .collect(Collectors.joining(" & "));
            return keys.isEmpty() ? null : keys;
        }

        private static String key(String name, String value) {
            return value == null ? null : "'" + name + " " + value + "'";
        }
    }

    /**
     * A matching memo.
     *
     * @param objected who rejected it
     * @param position the position of its link in the chain
     */
    @Schema(name = "FoundMemo")
    record Found(
            String decision,
            String swarm,
            String summary,
            String outcome,
            List<String> objected,
            Instant at,
            long position) {}

    private final EntitySessions sessions;
    private final DissentConfig config;

    SearchTransaction(EntitySessions sessions, DissentConfig config) {
        this.sessions = sessions;
        this.config = config;
    }

    /**
     * One page of matches, newest first. If the search took longer than {@code s2.dissent.search-time}, the page has
     * fewer than {@code size} entries and still a cursor: the next page goes on from there.
     */
    Uni<Page<Found>> search(Query query, int size) {
        return sessions.run((session, work) -> {
            work.nothingWritten();
            return SearchTable.search(work.connection(), query, size + 1, config.searchTime())
                    .map(rows -> page(rows, size));
        });
    }

    private static Page<Found> page(List<Row> rows, int size) {
        List<Found> found = rows.stream()
                .filter(row -> row.getLong("position") != null)
                .map(SearchTransaction::found)
                .toList();
        Long rest = rows.isEmpty() ? null : rows.getFirst().getLong("rest");
        return found.size() > size || rest == null
                ? Page.of(found, size, last -> List.of(Long.toString(last.position())))
                : new Page<>(found, Cursor.encode(Long.toString(rest)));
    }

    private static Found found(Row row) {
        return new Found(
                row.getString("decision"),
                row.getString("swarm"),
                row.getString("summary"),
                row.getString("outcome"),
                List.of(row.getArrayOfStrings("objected")),
                Rows.instant(row, "at"),
                row.getLong("position"));
    }
}
