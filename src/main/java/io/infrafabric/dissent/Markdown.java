package io.infrafabric.dissent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.infrafabric.dissent.Chain.Link;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * A memo to be read by humans. What people said stands in fences that are longer than any run of backticks in it: so it is
 * there byte for byte, and cannot pass for a part of the memo itself.
 */
final class Markdown {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final StringBuilder text = new StringBuilder(4096);

    private Markdown() {}

    /** The memo and what was added to it. */
    static String of(Link memo, List<Link> addenda) {
        Markdown page = new Markdown();
        page.memo(read(memo));
        if (!addenda.isEmpty()) {
            page.line("## Addenda").line("");
            addenda.forEach(addendum -> page.addendum(read(addendum)));
        }
        page.line("---").line("");
        page.line("Link " + memo.position() + " of the chain, SHA-256 `" + memo.hash() + "`, after `" + memo.previous()
                + "`.");
        return page.text.toString();
    }

    private static JsonNode read(Link link) {
        try {
            return JSON.readTree(link.body());
        } catch (JsonProcessingException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private void memo(JsonNode memo) {
        JsonNode consensus = memo.path("consensus");
        line("# Memo of decision " + memo.path("decision").asText()).line("");
        words(memo.path("decisionSummary").asText());
        line("- Outcome: **" + memo.path("outcome").asText() + "**"
                + (memo.path("valid").asBoolean() ? "" : " (not decided by the votes)"));
        line("- Votes: " + consensus.path("approvals") + " approve, " + consensus.path("rejections") + " reject, "
                + consensus.path("abstentions") + " abstain; approval rate " + consensus.path("approvalRate")
                + "; effective independent voters " + consensus.path("independentVoters"));
        line("- Dissent: strength " + memo.path("dissentStrength") + ", score " + memo.path("dissentScore")
                + "; review: " + memo.path("reviewTier").asText());
        line("- Hazards: " + list(memo.path("hazards")));
        line("- Rules: quorum " + memo.at("/rules/quorum") + " of " + memo.at("/rules/electorate") + ", majority above "
                + memo.at("/rules/majority") + ", supermajority " + memo.at("/rules/supermajority"));
        line("- Closed " + memo.path("closedAt").asText() + " ("
                + memo.path("closedBecause").asText() + ")");
        line("- Did not vote: " + list(memo.path("nonVoters")));
        optional("- Reopens decision: ", memo.path("reopens"));
        optional("- Trace: ", memo.path("traceToken"));
        line("").line("## Rationale").line("");
        words(memo.path("decisionRationale").asText());
        line("## Dissenting views").line("");
        if (memo.path("dissentingViews").isEmpty()) {
            line("None.").line("");
        }
        memo.path("dissentingViews").forEach(this::view);
    }

    private void view(JsonNode view) {
        line("### " + view.path("session").asText() + " (confidence " + view.path("confidence") + ")")
                .line("");
        words(view.path("rationale").asText());
        if (!view.path("alternativeProposed").isNull()) {
            line("Alternative:").line("");
            words(view.path("alternativeProposed").asText());
        }
        if (!view.path("evidenceCited").isEmpty()) {
            line("Evidence:").line("");
            words(String.join(
                    "\n",
                    view.path("evidenceCited")
                            .valueStream()
                            .map(JsonNode::asText)
                            .toList()));
        }
        JsonNode falsifier = view.path("falsifier");
        if (!falsifier.isNull()) {
            line("This decision is wrong if, until " + falsifier.path("dueAt").asText() + ":")
                    .line("");
            words(falsifier.path("statement").asText());
        }
    }

    private void addendum(JsonNode addendum) {
        line("### " + addendum.path("kind").asText() + " ("
                        + addendum.path("timestamp").asText() + ", link " + addendum.path("position") + ")")
                .line("");
        optional("- Option: ", addendum.path("option"));
        optional("- By: ", addendum.path("by"));
        optional("- Falsifier: ", addendum.path("falsifier"));
        line("");
        for (String member : List.of("statement", "note")) {
            if (addendum.hasNonNull(member)) {
                words(addendum.path(member).asText());
            }
        }
    }

    private void optional(String label, JsonNode value) {
        if (value.isTextual()) {
            line(label + value.asText());
        }
    }

    private static String list(JsonNode texts) {
        return texts.isEmpty()
                ? "none"
                : String.join(", ", texts.valueStream().map(JsonNode::asText).toList());
    }

    private void words(String said) {
        String fence = "`".repeat(Math.max(3, longestRun(said) + 1));
        line(fence + "text").line(said).line(fence).line("");
    }

    private static int longestRun(String said) {
        int longest = 0;
        int run = 0;
        for (int i = 0; i < said.length(); i++) {
            run = said.charAt(i) == '`' ? run + 1 : 0;
            longest = Math.max(longest, run);
        }
        return longest;
    }

    private Markdown line(String line) {
        text.append(line).append('\n');
        return this;
    }
}
