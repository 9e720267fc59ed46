package io.infrafabric.door.input;

import io.infrafabric.input.Unicode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads the request line: whether it is text at all, and which spellings mean the same path. */
public final class Address {
    private static final int ESCAPE = 3;
    private static final int HEXADECIMAL = 16;

    private Address() {}

    /** Whether the path or the query decodes to text that can be kept ({@link Unicode}). */
    static boolean isText(String raw) {
        return decode(raw).isPresent();
    }

    /**
     * The path as resources are matched: segments decoded, without empty ones and without matrix parameters. So a slash
     * at the end, two slashes in a row or another way to escape a letter make no difference. A slash within a segment
     * stays escaped.
     */
    public static String normal(String path) {
        return Arrays.stream(path.split("/"))
                .map(segment -> segment.split(";", 2)[0])
                .filter(segment -> !segment.isEmpty())
                .map(segment ->
                        decode(segment).orElse(segment).replace("%", "%25").replace("/", "%2F"))
                .collect(Collectors.joining("/", "/", ""));
    }

    /** The text; empty if an escape is cut short, or if it is not UTF-8 or cannot be kept. */
    private static Optional<String> decode(String raw) {
        var bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '%') {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.ISO_8859_1));
                continue;
            }
            int high = i + 1 < raw.length() ? Character.digit(raw.charAt(i + 1), HEXADECIMAL) : -1;
            int low = i + 2 < raw.length() ? Character.digit(raw.charAt(i + 2), HEXADECIMAL) : -1;
            if (high < 0 || low < 0) {
                return Optional.empty();
            }
            bytes.write(high * HEXADECIMAL + low);
            i += ESCAPE - 1;
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
            return Unicode.canBeKept(text) ? Optional.of(text) : Optional.empty();
        } catch (CharacterCodingException _) {
            return Optional.empty();
        }
    }
}
