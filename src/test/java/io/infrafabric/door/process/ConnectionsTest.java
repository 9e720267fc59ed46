package io.infrafabric.door.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.door.process.Connections.Entry;
import org.junit.jupiter.api.Test;

class ConnectionsTest {
    private final Connections<String> connections = new Connections<>(3, 1);

    @Test
    void the_oldest_idle_one_goes_for_a_new_one() {
        placed("a", "b", "c");
        assertThat(connections.come("d")).isEqualTo(new Entry.Instead<>("a"));
        assertThat(connections.come("e")).isEqualTo(new Entry.Instead<>("b"));
        assertThat(connections.size()).isEqualTo(3);
    }

    @Test
    void strangers_go_before_those_that_somebody_known_called_on() {
        placed("a", "b", "c");
        call("a", true);
        call("b", false);
        assertThat(connections.come("d")).isEqualTo(new Entry.Instead<>("c"));
        assertThat(connections.come("e")).isEqualTo(new Entry.Instead<>("b"));
        call("d", true);
        call("e", true);
        assertThat(connections.come("f")).isEqualTo(new Entry.Instead<>("a"));
    }

    @Test
    void a_call_under_way_keeps_its_connection() {
        placed("a", "b", "c");
        connections.begin("a", true);
        connections.begin("a", true);
        connections.end("a");
        call("b", true);
        assertThat(connections.come("d")).isEqualTo(new Entry.Instead<>("c"));
        assertThat(connections.come("e")).isEqualTo(new Entry.Instead<>("d"));
        assertThat(connections.come("f")).isEqualTo(new Entry.Instead<>("e"));
    }

    @Test
    void while_calls_are_under_way_on_all_there_is_room_for_those_who_are_always_served() {
        placed("a", "b", "c");
        for (String each : new String[] {"a", "b", "c"}) {
            assertThat(connections.begin(each, true)).isTrue();
        }
        assertThat(connections.come("d")).isEqualTo(new Entry.Reserved<>());
        assertThat(connections.begin("d", true)).isFalse();
        assertThat(connections.come("e")).isEqualTo(new Entry.Refused<>());
        connections.end("d");
        assertThat(connections.come("e")).isEqualTo(new Entry.Instead<>("d"));
        assertThat(connections.begin("e", true)).isFalse();
        connections.end("e");

        connections.go("a");
        assertThat(connections.begin("e", true)).isTrue();
    }

    @Test
    void what_is_closed_counts_no_more() {
        placed("a", "b", "c");
        connections.go("b");
        connections.end("b");
        assertThat(connections.begin("b", true)).isTrue();
        placed("d");
        assertThat(connections.size()).isEqualTo(3);
    }

    @Test
    void files_are_left_for_the_database_and_the_rest() {
        assertThat(Gatekeeper.limit(32_000, 64, Long.MAX_VALUE)).isEqualTo(32_000);
        assertThat(Gatekeeper.limit(32_000, 64, 20_000)).isEqualTo(20_000 - 2_500 - 64);
        assertThat(Gatekeeper.limit(32_000, 64, 1_024)).isEqualTo(1_024 - 200 - 64);
        assertThat(Gatekeeper.limit(32_000, 64, 64)).isEqualTo(16);
    }

    private void call(String connection, boolean known) {
        connections.begin(connection, known);
        connections.end(connection);
    }

    private void placed(String... all) {
        for (String each : all) {
            assertThat(connections.come(each)).isEqualTo(new Entry.Placed<>());
        }
    }
}
