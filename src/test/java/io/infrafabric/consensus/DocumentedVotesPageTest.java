package io.infrafabric.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.event.ConsensusEvent.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * The 23 documented decisions of the InfraFabric project ({@code decisions.jsonl}, own fixture), decided again from their
 * own votes. {@code docs/documented-votes.md} shows where what was stated and what follows from the votes differ.
 */
class DocumentedVotesPageTest {
    private static final Path PAGE = Path.of("docs/documented-votes.md");
    private static final BigDecimal GATE = new BigDecimal("80");
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
    private static final BigDecimal ROUNDING = new BigDecimal("0.05");
    private static final List<JsonNode> DECISIONS = read();

    private static List<JsonNode> read() {
        ObjectMapper json = new ObjectMapper();
        try {
            List<String> lines = Files.readAllLines(Path.of("src/test/resources/decisions.jsonl"));
            List<JsonNode> read = new ArrayList<>();
            for (String line : lines) {
                read.add(json.readTree(line));
            }
            return read;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static VoteTally tally(JsonNode decision) {
        Map<Ballot, Integer> votes = new EnumMap<>(Ballot.class);
        for (JsonNode vote : decision.path("votes")) {
            if (vote.path("vote").isTextual()) {
                votes.merge(Ballot.valueOf(vote.path("vote").asText().toUpperCase(Locale.ROOT)), 1, Integer::sum);
            }
        }
        VoteTally tally = VoteTally.NONE;
        for (Map.Entry<Ballot, Integer> kind : votes.entrySet()) {
            tally = tally.and(kind.getKey(), kind.getValue());
        }
        return tally;
    }

    private static Set<Hazard> hazards(JsonNode decision) {
        return decision.path("hazards")
                .valueStream()
                .map(word -> Hazard.of(word.asText()).orElseThrow())
                .collect(Collectors.toSet());
    }

    private static Rules.Verdict verdict(JsonNode decision) {
        return verdict(decision, 7);
    }

    private static Rules.Verdict verdict(JsonNode decision, int quorum) {
        return RulesTest.rules(quorum, null).verdict(tally(decision), hazards(decision), BigDecimal.ZERO);
    }

    /** Whether the document says that it was approved, in whatever form. */
    private static boolean approved(JsonNode decision) {
        return decision.path("outcome").asText().matches("(approved|ratified).*");
    }

    private static JsonNode decision(String id) {
        return DECISIONS.stream()
                .filter(found -> found.path("decisionId").asText().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** Per cent that the document states, {@code null} if it does not. */
    private static BigDecimal stated(JsonNode decision) {
        JsonNode percent = decision.path("stated").path("approvalPercent");
        return percent.isNumber() ? percent.decimalValue() : null;
    }

    private static BigDecimal percent(VoteTally tally) {
        return tally.votes() == 0
                ? null
                : BigDecimal.valueOf(tally.approve())
                        .multiply(HUNDRED)
                        .divide(BigDecimal.valueOf(tally.votes()), 1, RoundingMode.HALF_EVEN);
    }

    private static boolean differs(JsonNode decision) {
        BigDecimal stated = stated(decision);
        BigDecimal counted = percent(tally(decision));
        return stated != null
                && counted != null
                && stated.subtract(counted).abs().compareTo(ROUNDING) > 0;
    }

    @Test
    void all_of_them_are_counted_as_whoever_collected_them_did() {
        assertThat(DECISIONS).hasSize(23);
        assertThat(DECISIONS.stream()
                        .mapToInt(decision -> decision.path("votes").size())
                        .sum())
                .isEqualTo(215);
        for (JsonNode decision : DECISIONS) {
            JsonNode counted = decision.path("recomputed");
            if (counted.has("votes")) {
                VoteTally tally = tally(decision);
                assertThat(List.of(tally.approve(), tally.reject(), tally.abstain()))
                        .as("%s", decision.path("decisionId"))
                        .containsExactly(
                                counted.path("approve").asInt(),
                                counted.path("reject").asInt(),
                                counted.path("abstain").asInt());
                assertThat(tally.approvalRate())
                        .isCloseTo(
                                counted.path("approvalRate").decimalValue(), Offset.offset(new BigDecimal("0.0001")));
            }
        }
    }

    /** 15 of 19 are stated, 20 of 23 are listed: one number is below the gate of 80 %, the other above. */
    @Test
    void one_release_passes_or_fails_the_gate_by_which_of_its_own_numbers_is_used() {
        JsonNode release = decision("IF-EMOTION-RELEASE-2025-12-02");
        Rules rules = RulesTest.rules(7, null);
        int approve = release.path("stated").path("approve").asInt();
        int of = release.path("stated").path("of").asInt();
        VoteTally stated = new VoteTally(approve, of - approve, 0);
        assertThat(rules.verdict(stated, hazards(release), BigDecimal.ZERO).gate())
                .isEqualTo(Rules.Gate.SUPERMAJORITY_NOT_MET);
        assertThat(verdict(release).outcome()).isEqualTo(Outcome.APPROVED);
        assertThat(release.path("outcome").asText()).startsWith("delayed");
    }

    @Test
    void the_page_says_what_the_votes_say() throws IOException {
        String page = page();
        if (Boolean.getBoolean("s2.write-docs")) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).hasContent(page);
        assertThat(page).contains("IF-EMOTION-RELEASE-2025-12-02", "other side of 80 %");
    }

    private static String page() {
        String rows = DECISIONS.stream()
                .filter(decision -> tally(decision).votes() > 0)
                .map(DocumentedVotesPageTest::row)
                .collect(Collectors.joining("\n"));
        long without = DECISIONS.stream()
                .filter(decision -> tally(decision).votes() == 0)
                .count();
        return """
                # Documented votes, decided again

                The public documents of the InfraFabric project, October to December 2025, list 23 decisions with 215 votes
                (`src/test/resources/decisions.jsonl` names the document of each). This page decides each again from its own
                votes, by the rules of `consensus`: 0.80 of all votes with a hazard, more than half otherwise. It does so once
                with a quorum of 7, which boards of six never reach, and once with a quorum of as many as voted. *Stated* is
                what the document says. Some documents count by weights and degrees of votes; this page does not. %d decisions
                list no votes and cannot be decided again.

                | decision | stated | outcome stated | votes: for, against, abstained | for | quorum 7 | quorum of all | differs |
                |---|--:|---|---|--:|---|---|---|
                """.formatted(without) + rows + "\n\n`DocumentedVotesPageTest` checks this page against the rules.\n";
    }

    private static String row(JsonNode decision) {
        VoteTally tally = tally(decision);
        BigDecimal stated = stated(decision);
        BigDecimal counted = percent(tally);
        Rules.Verdict ofAll = verdict(decision, tally.votes());
        return "| `%s` | %s | %s | %d: %d, %d, %d | %s | %s | %s | %s |"
                .formatted(
                        decision.path("decisionId").asText(),
                        stated == null ? "" : stated.stripTrailingZeros().toPlainString() + " %",
                        decision.path("outcome").asText(),
                        tally.votes(),
                        tally.approve(),
                        tally.reject(),
                        tally.abstain(),
                        counted.stripTrailingZeros().toPlainString() + " %",
                        shown(verdict(decision)),
                        shown(ofAll),
                        note(decision, ofAll));
    }

    private static String shown(Rules.Verdict verdict) {
        return verdict.gate() == null
                ? verdict.outcome().name()
                : verdict.gate().name();
    }

    private static String note(JsonNode decision, Rules.Verdict ofAll) {
        List<String> notes = new ArrayList<>();
        if (approved(decision) != (ofAll.outcome() == Outcome.APPROVED)) {
            notes.add("outcome");
        }
        if (differs(decision)) {
            boolean above = stated(decision).compareTo(GATE) >= 0;
            boolean counted = percent(tally(decision)).compareTo(GATE) >= 0;
            notes.add(above == counted ? "rate" : "rate: other side of 80 %");
        }
        return String.join(", ", notes);
    }
}
