package io.infrafabric.input;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which words of callers count as the same: names that no list knows, such as labels of scopes, origins of evidence, vendors
 * and their models. What was given is kept and shown as it is; it is compared in its {@link #plain} form.
 */
public final class Spelling {
    /** Soft hyphens, joiners, marks of direction and other characters that one does not see. */
    private static final Pattern UNSEEN = Pattern.compile("\\p{Cf}+");

    private static final Pattern SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

    private Spelling() {}

    /** No more than so many characters of a text, and no half of a surrogate pair at the end. */
    public static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        boolean halved = most > 0 && Character.isHighSurrogate(text.charAt(most - 1));
        return text.substring(0, halved ? most - 1 : most);
    }

    /**
     * Without differences in case, in space (none at the ends, one blank for any run of it), in how Unicode composes or
     * presents a character (NFKC), and in what cannot be seen. Empty if nothing is left.
     */
    public static String plain(String words) {
        String composed = Normalizer.normalize(words, Normalizer.Form.NFKC);
        String seen = UNSEEN.matcher(composed).replaceAll("");
        // Up and down, since some letters have two small forms, or none of their own in capitals.
        String small = seen.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return SPACE.matcher(Normalizer.normalize(small, Normalizer.Form.NFKC))
                .replaceAll(" ")
                .strip();
    }
}
