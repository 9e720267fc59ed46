package io.infrafabric.dissent;

import static io.infrafabric.dissent.Examples.AT;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Chain.Kind;
import io.infrafabric.dissent.Chain.Link;
import io.infrafabric.event.ConsensusEvent.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

class MarkdownTest {
    @Test
    void words_are_there_byte_for_byte_and_cannot_end_their_fence() {
        Memo memo = Memo.of(
                Examples.minutes(
                        Outcome.APPROVED,
                        List.of("legal"),
                        List.of(Examples.said("g", "reject", "0.9", Examples.NASTY))),
                AT);
        Link link = Chain.append(Head.START, Kind.MEMO, "d-1", "demo", memo, AT);
        Link addendum = Chain.append(
                link.head(),
                Kind.HUMAN_RESOLUTION,
                "d-1",
                "demo",
                new MemoTransaction.Resolution("REJECT", "olga", "```\n# Not a heading", "case-1", AT, AT),
                AT);
        String page = Markdown.of(link, List.of(addendum));
        assertThat(page).contains("`````text\n" + Examples.NASTY + "\n`````\n");
        assertThat(page)
                .contains(
                        "### g (confidence 0.9)", "- Outcome: **APPROVED**", "- Hazards: legal", "- Did not vote: zoe")
                .contains("## Addenda", "### HUMAN_RESOLUTION", "- Option: REJECT", "- By: olga")
                .contains("````text\n```\n# Not a heading\n````\n")
                .contains("Link 1 of the chain, SHA-256 `" + link.hash() + "`");
    }

    @Test
    void without_dissent_it_says_none() {
        Memo memo = Memo.of(Examples.minutes(Outcome.QUORUM_NOT_MET, List.of(), List.of()), AT);
        Link link = Chain.append(Head.START, Kind.MEMO, "d-1", "demo", memo, AT);
        assertThat(Markdown.of(link, List.of()))
                .contains("## Dissenting views\n\nNone.\n", "(not decided by the votes)")
                .doesNotContain("Addenda");
    }

    @Test
    void what_stands_within_a_line_ends_none_and_is_no_mark_up() {
        Memo memo = Memo.of(Examples.minutes(Outcome.APPROVED, List.of(), List.of()), AT);
        Link honest = Chain.append(Head.START, Kind.MEMO, "d-1", "demo", memo, AT);
        // As a memo of an earlier release may be: what comes in today is refused before.
        String body = honest.body()
                .replaceFirst(
                        "\"traceToken\":(null|\"[^\"]*\")",
                        "\"traceToken\":\"t\\\\n\\\\n## Rationale\\\\n\\\\n<b>*all* agreed</b> `x` a_b _c_\"");
        Link forged = new Link(
                honest.position(),
                honest.kind(),
                honest.decision(),
                honest.swarm(),
                body,
                honest.previous(),
                honest.hash(),
                honest.at());
        String page = Markdown.of(forged, List.of());
        assertThat(page.lines().filter(line -> line.equals("## Rationale"))).hasSize(1);
        assertThat(page)
                .contains(
                        "- Trace: t\\\\u000a\\\\u000a\\#\\# Rationale\\\\u000a\\\\u000a\\<b\\>\\*all\\* agreed\\</b\\>"
                                + " \\`x\\` a_b \\_c\\_\n");
    }
}
