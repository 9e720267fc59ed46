package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.bus.Reactions.Then;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.Catalogue;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.CoordinatorEvent.SessionLeft;
import io.infrafabric.event.CoordinatorEvent.SessionLost;
import io.infrafabric.event.CoordinatorEvent.SessionReadied;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReactionsTest {
    private final List<String> heard = new ArrayList<>();
    private final List<String> done = new ArrayList<>();

    private static final Reactions<ReactionsTest, Then<String>> TABLE = Reactions.<ReactionsTest, String>underLock(
                    "rescue")
            .on(SessionLost.class, ReactionsTest::lost)
            .note(SessionLeft.class, ReactionsTest::left)
            .due("look:", ReactionsTest::look)
            .noteDue("page:", ReactionsTest::page);

    private Then<String> lost(SessionLost lost) {
        heard.add("lost " + lost.session());
        return locked -> did("lost under " + locked);
    }

    private void left(SessionLeft left) {
        heard.add("left " + left.session());
    }

    private Then<String> look(String blocker) {
        heard.add("look at " + blocker);
        return locked -> did("looked at " + blocker);
    }

    private void page(String id) {
        heard.add("page " + id);
    }

    private Uni<Void> did(String what) {
        return Uni.createFrom().voidItem().invoke(() -> done.add(what));
    }

    @Test
    void its_subscriptions_are_what_stands_in_the_table_and_what_comes_due_for_the_function() {
        assertThat(TABLE.function()).isEqualTo("rescue");
        assertThat(TABLE.types())
                .containsExactlyInAnyOrder(
                        "s2.coordinator.session-lost.v1", "s2.coordinator.session-left.v1", "s2.rescue.came-due.v1");
    }

    @Test
    void all_that_is_heard_is_taken_down_before_anything_is_done_and_that_in_its_order() {
        List<Then<String>> then = TABLE.tell(
                this,
                List.of(
                        envelope(new CameDue("rescue", "look:account:b", Instant.EPOCH)),
                        envelope(new SessionLeft("bob", "swarm", 1, 1)),
                        envelope(new SessionLost("ann", "swarm", 1, 1)),
                        envelope(new CameDue("rescue", "page:p", Instant.EPOCH))));
        assertThat(heard).containsExactly("look at account:b", "left bob", "lost ann", "page p");
        assertThat(done).isEmpty();

        Reactions.inTurn(then, "lock").await().indefinitely();
        assertThat(done).containsExactly("looked at account:b", "lost under lock");
    }

    /** Rows of another release's subscriptions live on for a while. */
    @Test
    void what_does_not_stand_in_the_table_has_no_effect() {
        TABLE.tell(this, envelope(new SessionReadied("ann", "swarm")))
                .when("lock")
                .await()
                .indefinitely();
        assertThat(heard).isEmpty();
        assertThat(done).isEmpty();
    }

    @Test
    void what_comes_due_of_an_unknown_kind_fails() {
        for (String entity : List.of("lease:t", "look", "")) {
            assertThatThrownBy(() -> TABLE.tell(this, envelope(new CameDue("rescue", entity, Instant.EPOCH))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(entity);
        }
    }

    @Test
    void a_row_is_for_one_type_of_event_and_stands_there_once() {
        assertThatThrownBy(() -> TABLE.note(SessionLost.class, ReactionsTest::other))
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> TABLE.note(CoordinatorEvent.class, ReactionsTest::other))
                .hasMessageContaining("no name of its own");
        assertThatThrownBy(() -> TABLE.note(CameDue.class, ReactionsTest::other))
                .hasMessageContaining("no name of its own");
        assertThatThrownBy(() -> TABLE.noteDue("look:", ReactionsTest::page)).hasMessageContaining("twice");
    }

    private void other(Event event) {
        heard.add(event.toString());
    }

    private static Envelope envelope(Event event) {
        return new Envelope(
                new UUID(0, 0), Catalogue.typeOf(event).name(), "/s2/test", Instant.EPOCH, Trace.NONE, event);
    }
}
