package io.infrafabric.input;

import java.util.regex.Pattern;

/**
 * What Jackson says is wrong with a text, without the places that it adds: {@code [Source: REDACTED (…); line: 1, column: 2]}
 * tells a reader nothing, and line and column are members of the answer.
 */
public final class ParserMessage {

    private static final Pattern PLACE =
            Pattern.compile(" ?\\([^()\\[]*\\[Source: [^]]*]\\)|(?:\\s+at)? ?\\[Source: [^]]*]");

    private ParserMessage() {}

    /** The first line of {@code message}; a sentence of our own if there is none. */
    public static String plain(String message) {
        return message == null
                ? "It cannot be read."
                : message.lines()
                        .map(line -> PLACE.matcher(line).replaceAll("").strip())
                        .filter(line -> !line.isEmpty())
                        .findFirst()
                        .orElse("It cannot be read.");
    }
}
