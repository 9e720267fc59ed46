package io.infrafabric.consensus;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * One vote. Immutable: an elector who changes their mind casts another one.
 *
 * @param number 1 for the elector's first on this decision
 * @param rationale why, in the elector's own words
 * @param confidence from 0 to 1, at most four decimals
 * @param alternative what to do instead, or {@code null}
 * @param evidence what it cites: {@code claim:<id>}, {@code task:<id>}, or links
 * @param falsifier what would show that the decision is wrong, or {@code null}. Only with a rejection
 * @param current whether it is the elector's last
 */
record Vote(
        String session,
        int number,
        Ballot vote,
        String rationale,
        BigDecimal confidence,
        String alternative,
        List<String> evidence,
        Falsifier falsifier,
        Instant at,
        boolean current) {

    /** What evidence begins with that is a claim. */
    static final String CLAIM = "claim:";

    /** "This decision is wrong if …", with the time by which it must be observed. */
    @Schema(name = "VoteFalsifier")
    record Falsifier(String statement, Instant dueAt) {}

    /** The words of a vote. */
    record Words(
            Ballot vote,
            String rationale,
            BigDecimal confidence,
            String alternative,
            List<String> evidence,
            Falsifier falsifier) {

        /** The number of its characters, for the decision's bound. */
        long length() {
            return Vote.length(rationale, alternative, evidence, falsifier);
        }
    }

    /** The number of its characters, for the decision's bound. */
    long length() {
        return length(rationale, alternative, evidence, falsifier);
    }

    private static long length(String rationale, String alternative, List<String> evidence, Falsifier falsifier) {
        return Stream.concat(
                        Stream.of(rationale, alternative, falsifier == null ? null : falsifier.statement()),
                        evidence.stream())
                .filter(Objects::nonNull)
                .mapToLong(String::length)
                .sum();
    }

    /** Whether it says exactly this. */
    boolean says(Words words) {
        return vote == words.vote()
                && rationale.equals(words.rationale())
                && confidence.compareTo(words.confidence()) == 0
                && Objects.equals(alternative, words.alternative())
                && evidence.equals(words.evidence())
                && Objects.equals(falsifier, words.falsifier());
    }
}
