package io.infrafabric.relation;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.relation.Relation.Link;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class GraphWalkTest {
    private static final List<Link> LINKS =
            List.of(new Link(1, 2), new Link(1, 3), new Link(2, 4), new Link(3, 4), new Link(4, 1), new Link(4, 5));

    private static GraphWalk walk(int depth, int claims) {
        GraphWalk walk = new GraphWalk(List.of(1L), new GraphWalk.Bound(depth, claims));
        while (!walk.frontier().isEmpty()) {
            List<Long> at = walk.frontier();
            walk.step(LINKS.stream().filter(link -> at.contains(link.from())).toList());
        }
        return walk;
    }

    @Test
    void it_goes_round_a_circle_once() {
        GraphWalk walk = walk(10, 10);
        assertThat(walk.claims()).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(walk.depths()).containsEntry(4L, 2).containsEntry(5L, 3);
        assertThat(walk.links()).hasSize(6);
        assertThat(walk.bounded()).isFalse();
        assertThat(walk.rim()).isEmpty();
    }

    @Test
    void it_stops_at_the_depth_and_says_so() {
        GraphWalk walk = walk(2, 10);
        assertThat(walk.claims()).containsExactly(1L, 2L, 3L, 4L);
        assertThat(walk.bounded()).isTrue();
        assertThat(walk.rim()).containsExactly(4L);
    }

    @Test
    void it_takes_no_more_claims_than_it_may_and_says_so() {
        GraphWalk walk = walk(10, 3);
        assertThat(walk.claims()).containsExactly(1L, 2L, 3L);
        assertThat(walk.links()).allSatisfy(link -> assertThat(walk.claims()).contains(link.from(), link.to()));
        assertThat(walk.bounded()).isTrue();
        assertThat(walk.rim()).containsExactly(2L, 3L);
        assertThat(new GraphWalk(LongStream.range(0, 9).boxed().toList(), new GraphWalk.Bound(1, 3)).bounded())
                .isTrue();
    }

    @Test
    void what_its_owner_leaves_out_counts_as_cut_off() {
        GraphWalk walk = new GraphWalk(List.of(1L), new GraphWalk.Bound(5, 5));
        walk.step(List.of(new Link(1, 2)));
        walk.cut();
        assertThat(walk.bounded()).isTrue();
        assertThat(walk.rim()).containsExactly(1L);
    }

    @Test
    void what_is_not_at_the_frontier_is_left_out() {
        GraphWalk walk = new GraphWalk(List.of(1L), new GraphWalk.Bound(5, 5));
        walk.step(List.of(new Link(1, 2), new Link(3, 4)));
        assertThat(walk.claims()).containsExactly(1L, 2L);
        assertThat(walk.links()).containsExactly(new Link(1, 2));
        assertThat(walk.rim()).isEmpty();
    }
}
