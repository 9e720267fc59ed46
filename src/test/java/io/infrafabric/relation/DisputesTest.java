package io.infrafabric.relation;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.relation.Relation.Link;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DisputesTest {

    @Test
    void what_depends_on_a_disputed_claim_is_disputed() {
        List<Link> chain = List.of(new Link(3, 2), new Link(2, 1), new Link(4, 9));
        assertThat(Disputes.in(List.of(1L, 2L, 3L, 4L), Set.of(1L), chain, Set.of()))
                .containsExactlyInAnyOrder(1L, 2L, 3L);
        assertThat(Disputes.in(List.of(1L, 2L, 3L, 4L), Set.of(), chain, Set.of()))
                .isEmpty();
    }

    @Test
    void also_on_one_outside_the_region() {
        assertThat(Disputes.in(List.of(1L, 2L), Set.of(), List.of(new Link(2, 1), new Link(1, 9)), Set.of(9L)))
                .containsExactlyInAnyOrder(1L, 2L);
    }

    @Test
    void a_circle_alone_disputes_nothing() {
        List<Link> circle = List.of(new Link(1, 2), new Link(2, 1));
        assertThat(Disputes.in(List.of(1L, 2L), Set.of(), circle, Set.of())).isEmpty();
        assertThat(Disputes.in(List.of(1L, 2L), Set.of(2L), circle, Set.of())).containsExactlyInAnyOrder(1L, 2L);
    }
}
