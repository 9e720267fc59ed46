package io.infrafabric.input;

import io.infrafabric.problem.Problem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

/**
 * Where the next page of a list starts, as an opaque, URL-safe text. Callers return it unchanged. It holds the sort key
 * of the last row that they have seen, and grants nothing.
 */
public final class Cursor {
    private static final String SEPARATOR = "\u001f";
    private static final int MAX_LENGTH = 1024;

    private Cursor() {}

    /**
     * The cursor of a row with this sort key.
     *
     * @throws IllegalArgumentException if a part contains the separator (U+001F), which no id and no number does
     */
    public static String encode(String... parts) {
        return encode(List.of(parts));
    }

    public static String encode(List<String> parts) {
        for (String part : parts) {
            if (part.contains(SEPARATOR)) {
                throw new IllegalArgumentException("A part of a cursor holds the separator.");
            }
        }
        byte[] key = String.join(SEPARATOR, parts).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(key);
    }

    /**
     * The sort key in a cursor that a caller sent; a {@link Problem} if it is not one of ours with {@code parts} parts.
     */
    public static List<String> decode(String cursor, int parts) {
        if (cursor.length() > MAX_LENGTH) {
            throw bad();
        }
        try {
            byte[] key = Base64.getUrlDecoder().decode(cursor);
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(key))
                    .toString();
            List<String> found = List.of(text.split(SEPARATOR, -1));
            if (found.size() != parts || !Unicode.canBeKept(text)) {
                throw bad();
            }
            return found;
        } catch (IllegalArgumentException | CharacterCodingException _) {
            throw bad();
        }
    }

    /** A moment in a cursor; a {@link Problem} if the part is not one. */
    public static Instant instant(String part) {
        return Rfc3339.parse(part).orElseThrow(Cursor::bad);
    }

    /** A number in a cursor; a {@link Problem} if the part is not one. */
    public static long number(String part) {
        try {
            return Long.parseLong(part);
        } catch (NumberFormatException _) {
            throw bad();
        }
    }

    /** An id in a cursor; a {@link Problem} if the part is not one. */
    public static UUID uuid(String part) {
        try {
            return UUID.fromString(part);
        } catch (IllegalArgumentException _) {
            throw bad();
        }
    }

    /** The refusal of a cursor that is not one of ours. */
    public static Problem bad() {
        return Problem.badInput("cursor", "the value of next from the previous page, unchanged");
    }
}
