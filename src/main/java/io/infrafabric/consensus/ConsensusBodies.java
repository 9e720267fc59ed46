package io.infrafabric.consensus;

import io.infrafabric.input.Check;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The bodies of calls, and the checks that turn them into commands. A failed check names the field. */
final class ConsensusBodies {
    private static final BigDecimal HALF = new BigDecimal("0.5");
    private static final int SHARE_DECIMALS = 6;
    private static final int CONFIDENCE_DECIMALS = 4;
    private static final int LONGEST_EVIDENCE = 2000;
    private static final Pattern OURS = Pattern.compile("(claim|task|decision):[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    private ConsensusBodies() {}

    /** {@code POST /consensus/decisions}. */
    record DecisionBody(
            @Schema(description = "Generated if absent", examples = "release-1")
            String id,

            @Schema(examples = "demo") String swarm,
            @Schema(examples = "Release version 1") String summary,
            @Schema(examples = "All tests pass.") String rationale,

            @Schema(description = "legal, safety, conflict>20%", examples = "[\"safety\"]")
            List<String> hazards,

            @Schema(description = "Who may vote; if absent, all live sessions of the swarm")
            List<String> electorate,

            @Schema(description = "Minimum number of votes (7, or the swarm's)", examples = "7")
            Integer quorum,

            @Schema(description = "Share of approvals that a hazard requires (0.80)", examples = "0.80")
            BigDecimal supermajority,

            @Schema(description = "Closing time (in 1 h), at most 7 days ahead")
            Instant closesAt,

            @Schema(description = "Whether votes stay hidden until it closes (false)")
            Boolean sealed,

            @Schema(description = "Minimum of effective independent voters that take a side (no minimum)")
            BigDecimal minIndependent,

            @Schema(examples = "trace-42") String traceToken) {

        Opening.Wish wish(ConsensusConfig config) {
            List<String> named = Check.ids("electorate", electorate, config.maxElectors());
            return new Opening.Wish(
                    named == null ? null : List.copyOf(new LinkedHashSet<>(named)),
                    quorum == null ? null : (int) Check.between("quorum", quorum, 1, config.maxElectors()),
                    Check.share("supermajority", supermajority, SHARE_DECIMALS),
                    micros(closesAt),
                    sealed,
                    atLeastNothing("minIndependent", minIndependent));
        }
    }

    /** {@code POST …/votes}. */
    record VoteBody(
            @Schema(description = "The caller itself; may be omitted")
            String session,

            @Schema(description = "approve, reject or abstain", examples = "reject")
            String vote,

            @Schema(examples = "The rollback was never tried.")
            String rationale,

            @Schema(description = "0 to 1, at most four decimals (0.5)", examples = "0.8")
            BigDecimal confidence,

            @Schema(description = "What to do instead") String alternative,

            @Schema(
                    description = "claim:<id>, task:<id>, decision:<id>, or links",
                    examples = "[\"task:build\",\"https://example.org/log\"]")
            List<String> evidence,

            @Schema(description = "What would show that the decision is wrong; only with a rejection")
            FalsifierBody falsifier) {

        Vote.Words check(ConsensusConfig config) {
            Ballot ballot = Check.oneOf("vote", Check.given("vote", vote), Ballot.class);
            if (falsifier != null && ballot != Ballot.REJECT) {
                throw Problem.badInput("falsifier", "none, unless the vote is reject");
            }
            BigDecimal sure = Check.share("confidence", confidence, CONFIDENCE_DECIMALS);
            return new Vote.Words(
                    ballot,
                    givenWords("rationale", rationale, config.maxRationale()),
                    sure == null ? HALF : sure,
                    ConsensusBodies.words("alternative", alternative, config.maxRationale()),
                    citations("evidence", evidence, config.maxEvidence()),
                    falsifier == null ? null : falsifier.check(config));
        }
    }

    /** "This decision is wrong if …". */
    record FalsifierBody(
            @Schema(examples = "An error rate above 1 % is seen within a week")
            String statement,

            @Schema(description = "Deadline for observing it, at most 366 days ahead")
            Instant dueAt) {

        /** The database's clock decides with the vote whether the deadline is in the future. */
        Vote.Falsifier check(ConsensusConfig config) {
            return new Vote.Falsifier(
                    givenWords("falsifier.statement", statement, config.maxRationale()),
                    micros(Check.given("falsifier.dueAt", dueAt)));
        }
    }

    /** {@code POST …/hazards}. */
    record HazardsBody(@Schema(examples = "[\"legal\"]") List<String> hazards) {}

    /** Hazards by name; unknown ones are refused with the list of known ones. */
    static Set<Hazard> hazards(List<String> words) {
        Check.atMost("hazards", words, Hazard.values().length);
        List<String> unknown = words == null
                ? List.of()
                : words.stream().filter(word -> Hazard.of(word).isEmpty()).toList();
        if (!unknown.isEmpty()) {
            throw Problem.of(
                            Code.IF_ERR_UNKNOWN_HAZARD, "Unknown hazards: " + unknown + "; known are " + Hazard.known())
                    .with("field", "hazards")
                    .with("unknown", unknown)
                    .with("known", Hazard.known());
        }
        return Hazard.all(words == null ? List.of() : words);
    }

    static String traceToken(String given, String header) {
        return given == null ? header : Check.traceToken("traceToken", given);
    }

    /** Words that are kept byte for byte, so they must fit into UTF-8. */
    static String givenWords(String field, String text, int most) {
        return words(field, Check.given(field, text), most);
    }

    static String words(String field, String text, int most) {
        return Check.unicode(field, Check.text(field, text, most));
    }

    private static List<String> citations(String field, List<String> evidence, int most) {
        Check.texts(field, evidence, most, LONGEST_EVIDENCE);
        for (int i = 0; evidence != null && i < evidence.size(); i++) {
            words(field + "[" + i + "]", evidence.get(i), LONGEST_EVIDENCE);
            if (!OURS.matcher(evidence.get(i)).matches() && !isLink(evidence.get(i))) {
                throw Problem.badInput(
                        field + "[" + i + "]", "claim:<id>, task:<id>, decision:<id>, or a link (https://…)");
            }
        }
        return evidence == null ? List.of() : List.copyOf(evidence);
    }

    /** The moment with the precision of the database. */
    private static Instant micros(Instant at) {
        return at == null ? null : at.truncatedTo(ChronoUnit.MICROS);
    }

    private static boolean isLink(String text) {
        try {
            URI link = URI.create(text);
            return link.getHost() != null
                    && ("https".equalsIgnoreCase(link.getScheme()) || "http".equalsIgnoreCase(link.getScheme()));
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static BigDecimal atLeastNothing(String field, BigDecimal value) {
        if (value == null) {
            return null;
        }
        BigDecimal plain = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        boolean fits = plain.scale() <= CONFIDENCE_DECIMALS && (long) plain.precision() - plain.scale() <= 6;
        if (plain.signum() < 0 || !fits) {
            throw Problem.badInput(field, "a number from 0 to 999999 with at most 4 decimals");
        }
        return plain;
    }
}
