package io.infrafabric.dissent;

import static io.infrafabric.dissent.Examples.AT;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.dissent.Chain.Broken;
import io.infrafabric.dissent.Chain.Fault;
import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Chain.Kind;
import io.infrafabric.dissent.Chain.Link;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VerificationTest {
    private static final List<Link> LINKS = links(10);
    private static final Head END = LINKS.getLast().head();

    private static List<Link> links(int length) {
        List<Link> links = new ArrayList<>();
        Head head = Head.START;
        for (int i = 1; i <= length; i++) {
            Kind kind = i % 2 == 0 ? Kind.HUMAN_RESOLUTION : Kind.MEMO;
            Link link = Chain.append(head, kind, "d-" + i, "demo", Map.of("said", "words " + i), AT);
            links.add(link);
            head = link.head();
        }
        return links;
    }

    /** As the store does it: page by page, until it is over. */
    private static Verification walk(Head end, Head known, List<Link> links, int page) {
        Verification walk = Verification.from(end, known);
        while (!walk.over()) {
            int from = (int) walk.at().position();
            int to = (int) Math.min(Math.min(links.size(), end.position()), from + page);
            walk = walk.on(links.subList(Math.min(from, to), to));
        }
        return walk;
    }

    private static Head other(long position) {
        return new Head(position, "f".repeat(64));
    }

    @Test
    void pages_of_any_size_come_to_the_same() {
        for (int page : List.of(1, 3, 10, 99)) {
            assertThat(walk(END, LINKS.get(4).head(), LINKS, page).verified())
                    .isEqualTo(new Verification.Verified(true, 5, 10, END.toString(), null));
        }
    }

    @Test
    void an_empty_chain_is_intact() {
        assertThat(Verification.from(Head.START, null).verified())
                .isEqualTo(new Verification.Verified(true, 0, 0, Head.START.toString(), null));
    }

    @Test
    void what_is_appended_meanwhile_is_not_looked_at() {
        Head then = LINKS.get(6).head();
        assertThat(walk(then, null, LINKS, 2).verified())
                .isEqualTo(new Verification.Verified(true, 4, 7, then.toString(), null));
    }

    @Test
    void a_tail_that_was_cut_off_shows_against_an_older_head_only() {
        Head cut = LINKS.get(7).head();
        assertThat(walk(cut, null, LINKS.subList(0, 8), 3).broken()).isNull();
        assertThat(walk(cut, END, LINKS.subList(0, 8), 3).broken()).isEqualTo(new Broken(9, null, Fault.MISSING));
        assertThat(Verification.from(Head.START, END).broken()).isEqualTo(new Broken(1, null, Fault.MISSING));
    }

    @Test
    void links_that_are_gone_while_the_head_stays_are_missing() {
        assertThat(walk(END, null, LINKS.subList(0, 8), 3).broken()).isEqualTo(new Broken(9, null, Fault.MISSING));
        assertThat(walk(END, null, List.of(), 3).broken()).isEqualTo(new Broken(1, null, Fault.MISSING));
    }

    @Test
    void another_link_than_a_head_names_is_named() {
        assertThat(walk(END, other(4), LINKS, 3).broken()).isEqualTo(new Broken(4, "d-4", Fault.NOT_THE_HEAD));
        assertThat(walk(other(10), null, LINKS, 3).broken()).isEqualTo(new Broken(10, null, Fault.NOT_THE_HEAD));
    }

    @Test
    void the_first_of_several_faults_is_named_and_counted_up_to() {
        List<Link> links = new ArrayList<>(LINKS);
        Link fifth = links.get(4);
        String body = fifth.body().replace("words", "wOrds");
        links.set(
                4,
                new Link(
                        5,
                        fifth.kind(),
                        fifth.decision(),
                        fifth.swarm(),
                        body,
                        fifth.previous(),
                        fifth.hash(),
                        fifth.at()));
        assertThat(walk(END, other(7), links, 2).verified())
                .isEqualTo(new Verification.Verified(false, 2, 4, END.toString(), new Broken(5, "d-5", Fault.CHANGED)));
        assertThat(walk(END, other(3), links, 99).broken()).isEqualTo(new Broken(3, "d-3", Fault.NOT_THE_HEAD));
    }
}
