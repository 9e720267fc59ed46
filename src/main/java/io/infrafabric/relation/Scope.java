package io.infrafabric.relation;

import io.infrafabric.input.Spelling;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Where a claim holds, according to its author: in what it includes, but not in what it excludes. Labels are the
 * callers' own words, compared regardless of spelling ({@link Spelling}); a label covers every label that begins with
 * it as whole words ({@code git polling} covers {@code git polling every 30 s}).
 *
 * @param includes empty for everywhere
 */
public record Scope(List<String> includes, List<String> excludes) {
    /** Holds everywhere. */
    public static final Scope EVERYWHERE = new Scope(List.of(), List.of());

    public Scope {
        includes = List.copyOf(includes);
        excludes = List.copyOf(excludes);
    }

    /**
     * Whether there may be a place where both hold. Two claims whose scopes share nothing do not contradict each other,
     * whatever they say. Two scopes that include everything overlap, because nobody can list what is left.
     */
    public boolean overlaps(Scope other) {
        Set<String> excluded = new HashSet<>(normal(excludes));
        excluded.addAll(normal(other.excludes));
        return shared(normal(includes), normal(other.includes)).stream()
                        .anyMatch(label -> excluded.stream().noneMatch(out -> covers(out, label)))
                || (includes.isEmpty() && other.includes.isEmpty());
    }

    /**
     * Whether two claims overlap that have several scopes each: their own, and those of the claims that they are
     * {@code scoped_as}. All must hold at once.
     */
    public static boolean overlap(List<Scope> some, List<Scope> others) {
        return some.stream().allMatch(one -> others.stream().allMatch(one::overlaps));
    }

    /** What both include, in the narrower terms. */
    private static List<String> shared(List<String> some, List<String> others) {
        if (some.isEmpty() || others.isEmpty()) {
            return some.isEmpty() ? others : some;
        }
        List<String> both = new ArrayList<>();
        for (String one : some) {
            for (String other : others) {
                if (covers(one, other)) {
                    both.add(other);
                } else if (covers(other, one)) {
                    both.add(one);
                }
            }
        }
        return both;
    }

    private static boolean covers(String wide, String narrow) {
        return narrow.startsWith(wide)
                && (narrow.length() == wide.length() || !goesOn(narrow.codePointAt(wide.length())));
    }

    /** Whether a word goes on with this character: a letter, a digit, or a mark on one. */
    private static boolean goesOn(int character) {
        return Character.isLetterOrDigit(character)
                || Character.getType(character) == Character.NON_SPACING_MARK
                || Character.getType(character) == Character.COMBINING_SPACING_MARK;
    }

    private static List<String> normal(List<String> labels) {
        return labels.stream().map(Spelling::plain).toList();
    }
}
