package io.infrafabric.input;

import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Decides which words of callers count as the same. This concerns free names: labels of scopes, origins of evidence,
 * vendors and their models. Words are kept and shown as given, and compared in their {@link #plain} form.
 */
public final class Spelling {
    /** Soft hyphens, joiners, marks of direction and other invisible characters. */
    private static final Pattern UNSEEN = Pattern.compile("\\p{Cf}+");

    private static final Pattern SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

    private Spelling() {}

    /** At most {@code most} characters of a text, without half of a surrogate pair at the end. */
    public static String cut(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        boolean halved = most > 0 && Character.isHighSurrogate(text.charAt(most - 1));
        return text.substring(0, halved ? most - 1 : most);
    }

    /**
     * Removes differences in case, in space (none at the ends, one blank for any run), in how Unicode composes or
     * presents a character (NFKC), and in invisible characters. Empty if nothing is left.
     */
    public static String plain(String words) {
        String composed = Normalizer.normalize(words, Normalizer.Form.NFKC);
        String seen = UNSEEN.matcher(composed).replaceAll("");
        // First to upper case, then to lower case: some letters have two small forms, or no capital of their own.
        String small = seen.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return SPACE.matcher(Normalizer.normalize(small, Normalizer.Form.NFKC))
                .replaceAll(" ")
                .strip();
    }
}
