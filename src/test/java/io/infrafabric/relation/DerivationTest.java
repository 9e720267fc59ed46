package io.infrafabric.relation;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.relation.Derivation.Clash;
import io.infrafabric.relation.Derivation.Derived;
import io.infrafabric.relation.Relation.Link;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DerivationTest {

    @Test
    void who_depends_on_both_sides_contradicts_itself() {
        List<Link> dependencies = List.of(new Link(3, 1), new Link(3, 4), new Link(4, 2), new Link(5, 1));
        assertThat(Derivation.of(List.of(3L, 4L, 5L), dependencies, List.of(Clash.of(2, 1))))
                .containsExactly(
                        new Derived(3, new Clash(1, 2), List.of(new Link(3, 1), new Link(3, 4), new Link(4, 2))));
    }

    @Test
    void who_depends_on_what_it_contradicts_does_so_too() {
        assertThat(Derivation.of(List.of(1L, 2L), List.of(new Link(1, 2)), List.of(Clash.of(1, 2))))
                .containsExactly(new Derived(1, new Clash(1, 2), List.of(new Link(1, 2))));
    }

    @Test
    void each_claim_has_its_first_one_before_any_has_its_second() {
        Derived a = new Derived(1, new Clash(1, 2), List.of());
        Derived b = new Derived(1, new Clash(3, 4), List.of());
        Derived c = new Derived(2, new Clash(1, 2), List.of());
        assertThat(Derivation.first(List.of(a, b, c), 2)).containsExactly(a, c);
        assertThat(Derivation.first(List.of(a, b, c), 9)).containsExactly(a, c, b);
    }

    @Test
    void circles_of_dependencies_end() {
        List<Link> circle = List.of(new Link(1, 2), new Link(2, 3), new Link(3, 1), new Link(3, 4));
        assertThat(Derivation.of(List.of(1L, 2L, 3L), circle, List.of(Clash.of(1, 4))))
                .extracting(Derived::through)
                .containsExactly(1L, 2L, 3L);
    }

    /** Against reachability by repeated joining, on random graphs. */
    @Test
    void it_is_what_the_closure_of_dependencies_says() {
        SplittableRandom random = new SplittableRandom(11);
        for (int graph = 0; graph < 500; graph++) {
            int size = random.nextInt(2, 9);
            List<Link> links = new ArrayList<>();
            for (int i = random.nextInt(2 * size); i > 0; i--) {
                long from = random.nextInt(size);
                long to = random.nextInt(size);
                if (from != to) {
                    links.add(new Link(from, to));
                }
            }
            Clash clash = new Clash(0, 1);
            Set<Link> reach = new HashSet<>(links);
            LongStream.range(0, size).forEach(claim -> reach.add(new Link(claim, claim)));
            boolean more = true;
            while (more) {
                List<Link> joined = reach.stream()
                        .flatMap(one -> reach.stream()
                                .filter(other -> other.from() == one.to())
                                .map(other -> new Link(one.from(), other.to())))
                        .toList();
                more = reach.addAll(joined);
            }
            Set<Long> expected = LongStream.range(0, size)
                    .filter(claim -> reach.contains(new Link(claim, 0)) && reach.contains(new Link(claim, 1)))
                    .boxed()
                    .collect(Collectors.toSet());
            List<Derived> derived =
                    Derivation.of(LongStream.range(0, size).boxed().toList(), links, List.of(clash));
            assertThat(derived.stream().map(Derived::through))
                    .as("%s", links)
                    .containsExactlyInAnyOrderElementsOf(expected);
            assertThat(derived).allSatisfy(one -> assertThat(links).containsAll(one.path()));
        }
    }
}
