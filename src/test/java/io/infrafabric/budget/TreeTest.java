package io.infrafabric.budget;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Tree.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;

class TreeTest {
    private static final List<String> SWARM = List.of("org", "swarm:s");

    @Test
    void it_stands_below_its_parent() {
        assertThat(Tree.under("session:ann", SWARM, 1, 8))
                .isEqualTo(new Verdict.Stands(List.of("org", "swarm:s", "session:ann")));
    }

    @Test
    void below_itself_it_cannot_stand() {
        assertThat(Tree.under("swarm:s", List.of("org", "swarm:s", "project:p"), 1, 8))
                .isInstanceOf(Verdict.Circle.class);
        assertThat(Tree.under("swarm:s", SWARM, 1, 8)).isInstanceOf(Verdict.Circle.class);
    }

    @Test
    void an_unknown_parent_is_refused() {
        assertThat(Tree.under("session:ann", null, 1, 8)).isInstanceOf(Verdict.UnknownParent.class);
    }

    @Test
    void the_levels_below_it_count() {
        assertThat(Tree.under("project:p", SWARM, 6, 8)).isInstanceOf(Verdict.Stands.class);
        assertThat(Tree.under("project:p", SWARM, 7, 8)).isInstanceOf(Verdict.TooDeep.class);
    }
}
