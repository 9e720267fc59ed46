package io.infrafabric.dissent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.infrafabric.dissent.Chain.Link;
import io.infrafabric.input.Unicode;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A memo for humans. What people said stands in fences longer than any run of backticks in it, so it is there byte for
 * byte and cannot pass for a part of the memo itself. Text within a line (names, ids, the trace token) is escaped, so
 * that it neither ends a line nor acts as mark-up.
 */
final class Markdown {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** An underscore within a word, as in ids, is not mark-up (CommonMark 0.31, 6.2). */
    private static final Pattern MARK_UP =
            Pattern.compile("[\\\\`*\\[\\]<>&|~#!]|(?<![\\p{L}\\p{N}])_|_(?![\\p{L}\\p{N}])");

    private final StringBuilder text = new StringBuilder(4096);

    private Markdown() {}

    /** The memo and its addenda. */
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
        line("# Memo of decision " + inline(memo.path("decision"))).line("");
        words(memo.path("decisionSummary").asText());
        line("- Outcome: **" + inline(memo.path("outcome")) + "**"
                + (memo.path("valid").asBoolean() ? "" : " (not decided by the votes)"));
        line("- Votes: " + consensus.path("approvals") + " approve, " + consensus.path("rejections") + " reject, "
                + consensus.path("abstentions") + " abstain; approval rate " + consensus.path("approvalRate")
                + "; effective independent voters " + consensus.path("independentVoters"));
        line("- Dissent: strength " + memo.path("dissentStrength") + ", score " + memo.path("dissentScore")
                + "; review: " + inline(memo.path("reviewTier")));
        line("- Hazards: " + list(memo.path("hazards")));
        line("- Rules: quorum " + memo.at("/rules/quorum") + " of " + memo.at("/rules/electorate") + ", majority above "
                + memo.at("/rules/majority") + ", supermajority " + memo.at("/rules/supermajority"));
        line("- Closed " + inline(memo.path("closedAt")) + " (" + inline(memo.path("closedBecause")) + ")");
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
        line("### " + inline(view.path("session")) + " (confidence " + view.path("confidence") + ")")
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
                            .map(piece -> Unicode.inOneLine(piece.asText()))
                            .toList()));
        }
        JsonNode falsifier = view.path("falsifier");
        if (!falsifier.isNull()) {
            line("This decision is wrong if, until " + inline(falsifier.path("dueAt")) + ":")
                    .line("");
            words(falsifier.path("statement").asText());
        }
    }

    private void addendum(JsonNode addendum) {
        line("### " + inline(addendum.path("kind")) + " (" + inline(addendum.path("timestamp")) + ", link "
                        + addendum.path("position") + ")")
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
            line(label + inline(value));
        }
    }

    private static String list(JsonNode texts) {
        return texts.isEmpty()
                ? "none"
                : String.join(", ", texts.valueStream().map(Markdown::inline).toList());
    }

    /**
     * A text within a line of the memo: without line ends, and with a backslash before anything that would be mark-up.
     */
    private static String inline(JsonNode text) {
        return MARK_UP.matcher(Unicode.inOneLine(text.asText())).replaceAll("\\\\$0");
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
