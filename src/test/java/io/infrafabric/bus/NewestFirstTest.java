package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.mutiny.sqlclient.Tuple;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NewestFirstTest {
    @Test
    void without_filters_it_is_the_order_alone() {
        NewestFirst page = NewestFirst.by("at", "id").only("swarm", null).before(7, "x");
        Tuple values = Tuple.of("there");

        assertThat(page.condition(values)).isEqualTo("(at, id) < ($2, $3)");
        assertThat(page.order()).isEqualTo(" ORDER BY at DESC, id DESC");
        assertThat(values.size()).isEqualTo(3);
        assertThat(values.getValue(1)).isEqualTo(7);
        assertThat(values.getValue(2)).isEqualTo("x");
    }

    @Test
    void what_is_asked_for_takes_part_in_the_order() {
        NewestFirst page = NewestFirst.by("at", "id")
                .only("swarm", "w")
                .like("state", "s.state")
                .before(7, "x");
        Map<String, Object> values = new LinkedHashMap<>();
        page.bind(values::put);

        assertThat(page.condition())
                .isEqualTo("(swarm, state) >= (:n0, s.state) AND (swarm, state, at, id) < (:n0, s.state, :n1, :n2)");
        assertThat(page.order()).isEqualTo(" ORDER BY swarm DESC, state DESC, at DESC, id DESC");
        assertThat(values).isEqualTo(Map.of("n0", "w", "n1", 7, "n2", "x"));
    }

    @Test
    void a_stretch_of_time_ends_the_walk() {
        NewestFirst page = NewestFirst.by("at", "id").only("by", "ann").since(3).before(7, 9);
        Map<String, Object> values = new LinkedHashMap<>();
        page.bind(values::put);

        assertThat(page.condition()).isEqualTo("(by, at) >= (:n0, :n3) AND (by, at, id) < (:n0, :n1, :n2)");
        assertThat(values).isEqualTo(Map.of("n0", "ann", "n1", 7, "n2", 9, "n3", 3));
    }
}
