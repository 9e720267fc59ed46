package io.infrafabric.input;

/**
 * What text may contain so that every part of the fabric keeps it unchanged, and how other text is shown where it must
 * be.
 */
public final class Unicode {
    /** What callers should send. */
    public static final String EXPECTED = "text without the character U+0000 or half of a surrogate pair";

    private Unicode() {}

    /**
     * Whether the text can be kept: PostgreSQL keeps no NUL, and UTF-8 no half of a surrogate pair (it would become a
     * question mark, so the same text would differ when it comes again).
     */
    public static boolean canBeKept(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0 || Character.isLowSurrogate(c)) {
                return false;
            }
            if (Character.isHighSurrogate(c)) {
                i++;
                if (i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * The text in one line: characters that end a line, move the cursor or change the writing direction appear as Java
     * escapes (backslash, u, four digits). Other text stays as it is.
     */
    public static String inOneLine(String text) {
        StringBuilder shown = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean plain = !isControl(text, i);
            if (!plain && shown == null) {
                shown = new StringBuilder(text.length() + 16).append(text, 0, i);
            }
            if (shown != null && plain) {
                shown.append(c);
            } else if (shown != null) {
                shown.append(String.format("\\u%04x", (int) c));
            }
        }
        return shown == null ? text : shown.toString();
    }

    private static boolean isControl(String text, int at) {
        char c = text.charAt(at);
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            // Marks and overrides of direction. Other format characters join letters and emoji.
            case Character.FORMAT ->
                c == 0x061c
                        || c == 0x200e
                        || c == 0x200f
                        || (c >= 0x202a && c <= 0x202e)
                        || (c >= 0x2066 && c <= 0x2069);
            case Character.SURROGATE -> isHalf(text, at);
            default -> false;
        };
    }

    private static boolean isHalf(String text, int at) {
        return Character.isHighSurrogate(text.charAt(at))
                ? at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1))
                : at == 0 || !Character.isHighSurrogate(text.charAt(at - 1));
    }
}
