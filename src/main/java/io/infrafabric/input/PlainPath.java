package io.infrafabric.input;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The spellings of a path, for rules about paths. Routers decode a path once, and what is behind them may decode it again.
 * So a path counts as what a rule names only if it does so in every spelling; and one that somebody could read in
 * another way is not plain, and counts as nothing.
 */
public final class PlainPath {
    /** The most times that a path may be encoded. */
    private static final int DEEPEST = 8;

    private static final String ODD = "\\;?#";
    private static final int ESCAPE = 3;
    private static final int HEXADECIMAL = 16;

    private PlainPath() {}

    /**
     * The path decoded once, twice and so on, until nothing is left to decode. Empty if one of these is not plain: an empty
     * segment (so also a slash at the end), a segment of dots alone, a slash that was encoded, a backslash, a semicolon, a
     * control character, or an escape that is not UTF-8.
     *
     * @param raw as it stands in the request line, without the query; {@code null} is not plain
     */
    public static List<String> spellings(String raw) {
        if (raw == null || !isAscii(raw)) {
            return List.of();
        }
        List<String> spellings = new ArrayList<>(1);
        String path = raw;
        for (int depth = 0; depth < DEEPEST; depth++) {
            String decoded = decode(path);
            if (decoded == null || !isPlain(decoded) || slashes(decoded) != slashes(raw)) {
                return List.of();
            }
            spellings.add(decoded);
            if (decoded.indexOf('%') < 0) {
                return spellings;
            }
            path = decoded;
        }
        return List.of();
    }

    private static boolean isPlain(String path) {
        if (path.equals("/")) {
            return true;
        }
        if (!path.startsWith("/")) {
            return false;
        }
        for (String segment : path.substring(1).split("/", -1)) {
            // Empty, or dots alone.
            if (segment.chars().allMatch(c -> c == '.')) {
                return false;
            }
        }
        return path.chars().noneMatch(c -> ODD.indexOf(c) >= 0) && path.equals(Unicode.inOneLine(path));
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c > ' ' && c < 0x7f);
    }

    private static long slashes(String text) {
        return text.chars().filter(c -> c == '/').count();
    }

    /** {@code null} if an escape is cut short or is not UTF-8. */
    private static String decode(String path) {
        if (path.indexOf('%') < 0) {
            return path;
        }
        var bytes = new ByteArrayOutputStream(path.length());
        byte[] given = path.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < given.length; i++) {
            if (given[i] != '%') {
                bytes.write(given[i]);
                continue;
            }
            int high = i + 1 < given.length ? Character.digit(given[i + 1], HEXADECIMAL) : -1;
            int low = i + 2 < given.length ? Character.digit(given[i + 2], HEXADECIMAL) : -1;
            if (high < 0 || low < 0) {
                return null;
            }
            bytes.write(high * HEXADECIMAL + low);
            i += ESCAPE - 1;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException _) {
            return null;
        }
    }
}
