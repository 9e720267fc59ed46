package io.infrafabric.dissent;

import static io.infrafabric.consensus.Chamber.PATIENCE;
import static io.infrafabric.dissent.Examples.said;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Rows;
import io.infrafabric.consensus.Minutes;
import io.infrafabric.consensus.Minutes.Said;
import io.infrafabric.dissent.SearchTransaction.Found;
import io.infrafabric.dissent.SearchTransaction.Query;
import io.infrafabric.door.answer.Page;
import io.infrafabric.event.ConsensusEvent.Outcome;
import io.infrafabric.input.Cursor;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Searching a chain in which what is found is far apart. */
@QuarkusTest
class SearchTransactionTest {
    private static final int BLOCK = 1 << 10;
    private static final int STRETCH = 1 << 14;

    @Inject
    EntitySessions sessions;

    @Inject
    SearchTransaction memos;

    @Inject
    Scribe scribe;

    private final String swarm = "swarm-" + UUID.randomUUID();

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(PATIENCE);
    }

    private String of(String name) {
        return name + "-" + swarm;
    }

    private Minutes minutes(String decision, Outcome outcome, String dissenter, String rationale) {
        List<Said> votes = List.of(said("ann", "approve", "0.5", "yes"), said(dissenter, "reject", "0.5", rationale));
        return Examples.minutes(of(decision), swarm, outcome, List.of(), votes);
    }

    /** Three memos in blocks, two of them in stretches, of their own; the third is the newest. */
    private void three() {
        scribe.write(minutes("first", Outcome.ESCALATED, "bob", "The zebra leaks."));
        scribe.grow(STRETCH);
        scribe.write(minutes("second", Outcome.APPROVED, "cid", "The zebra is slow, and leaks."));
        scribe.grow(2 * BLOCK);
        scribe.write(minutes("third", Outcome.APPROVED, "bob", "The zebra is slow."));
    }

    private Query words(String words) {
        return new Query(words, null, swarm, null, null, null, null);
    }

    private List<String> found(Query query) {
        Page<Found> page = await(memos.search(query, 10));
        assertThat(page.next()).isNull();
        return names(page);
    }

    private List<String> names(Page<Found> page) {
        return page.items().stream()
                .map(found -> found.decision().replace("-" + swarm, ""))
                .toList();
    }

    @Test
    void what_is_far_apart_is_found_by_everything_at_once() {
        three();
        assertThat(found(words(null))).containsExactly("third", "second", "first");
        assertThat(found(words("zebra"))).containsExactly("third", "second", "first");
        assertThat(found(words("leaks"))).containsExactly("second", "first");
        assertThat(found(words("slow leaks"))).containsExactly("second");
        assertThat(found(words("\"zebra leaks\""))).containsExactly("first");
        assertThat(found(words("-slow"))).containsExactly("first");
        assertThat(found(words("slow or leaks"))).containsExactly("third", "second", "first");
        assertThat(found(words("giraffe"))).isEmpty();
        assertThat(found(words("???"))).isEmpty();
        assertThat(found(words("swarm"))).as("no word of a memo").isEmpty();
        assertThat(found(new Query("leaks", "bob", swarm, null, null, null, null)))
                .containsExactly("first");
        assertThat(found(new Query(null, "cid", null, "APPROVED", null, null, null)))
                .contains("second");
        assertThat(found(new Query("zebra", null, swarm, "ESCALATED", null, null, null)))
                .containsExactly("first");
        assertThat(found(new Query("zebra", "cid", swarm, "ESCALATED", null, null, null)))
                .isEmpty();
    }

    @Test
    void dates_are_bounds() {
        three();
        List<Instant> times = await(memos.search(words(null), 10)).items().stream()
                .map(Found::at)
                .toList();
        assertThat(found(new Query(null, null, swarm, null, times.get(1), null, null)))
                .containsExactly("third", "second");
        assertThat(found(new Query("zebra", null, swarm, null, null, times.get(1), null)))
                .containsExactly("first");
        assertThat(found(new Query("zebra", null, swarm, null, times.get(1), times.getFirst(), null)))
                .containsExactly("second");
        assertThat(found(new Query(null, null, swarm, null, Instant.parse("2999-01-01T00:00:00Z"), null, null)))
                .isEmpty();
        assertThat(found(new Query(null, null, swarm, null, null, Instant.EPOCH, null)))
                .isEmpty();
    }

    /** All pages of one memo each. */
    private List<List<String>> pages(SearchTransaction memos, Query query) {
        List<List<String>> pages = new ArrayList<>();
        String cursor = "";
        Long before = null;
        while (cursor != null) {
            Page<Found> page = await(memos.search(
                    new Query(query.words(), query.session(), swarm, null, query.from(), query.to(), before), 1));
            pages.add(names(page));
            cursor = page.next();
            before = cursor == null
                    ? null
                    : Cursor.number(Cursor.decode(cursor, 1).getFirst());
        }
        return pages;
    }

    @Test
    void pages_go_on_where_the_one_before_has_ended() {
        three();
        assertThat(pages(memos, words("zebra"))).containsExactly(List.of("third"), List.of("second"), List.of("first"));
        assertThat(pages(memos, words("leaks"))).containsExactly(List.of("second"), List.of("first"));
        assertThat(pages(memos, words("giraffe"))).containsExactly(List.of());
    }

    @Test
    void a_search_without_time_looks_at_one_piece_of_the_chain_a_page_and_finds_all_in_the_end() {
        three();
        DissentConfig noTime = Examples.config("search-time", "0s");
        List<List<String>> pages = pages(new SearchTransaction(sessions, noTime), words("leaks"));
        assertThat(pages.getFirst()).as("only the newest block was looked at").isEmpty();
        assertThat(pages.stream().flatMap(List::stream)).containsExactly("second", "first");
        assertThat(pages).hasSizeGreaterThan(STRETCH / BLOCK);
    }

    /** Who waits for the end of the chain has begun before, by the database's clock. */
    @Test
    void no_memo_is_dated_before_the_one_that_it_follows() {
        await(sessions.run((session, work) -> Rows.now(work.connection())
                .call(() -> sessions.run((other, meanwhile) ->
                        scribe.write(other, meanwhile, minutes("first", Outcome.APPROVED, "bob", "no"))))
                .chain(() -> scribe.write(session, work, minutes("second", Outcome.APPROVED, "bob", "no")))));
        List<Found> found = await(memos.search(words(null), 10)).items();
        assertThat(names(new Page<>(found, null))).containsExactly("second", "first");
        assertThat(found.getFirst().at()).isEqualTo(found.getLast().at());
    }
}
