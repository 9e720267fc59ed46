package io.infrafabric.consensus;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * One vote. Immutable; who changes their mind casts another one.
 *
 * @param number 1 for the elector's first on this decision
 * @param rationale why, in the elector's own words
 * @param confidence from 0 to 1, at most four decimals
 * @param alternative what to do instead; {@code null} for nothing
 * @param evidence what is cited: {@code claim:<id>}, {@code task:<id>}, or links
 * @param falsifier what would show that the decision is wrong; {@code null} for nothing. Only with a rejection
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

    /** "This decision is wrong if …", to be seen by a certain time. */
    record Falsifier(String statement, Instant dueAt) {}

    /** What an elector says now. */
    record Words(
            Ballot vote,
            String rationale,
            BigDecimal confidence,
            String alternative,
            List<String> evidence,
            Falsifier falsifier) {

        /** All characters of it, for the decision's bound. */
        long length() {
            return Vote.length(rationale, alternative, evidence, falsifier);
        }
    }

    /** All characters of it, for the decision's bound. */
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
