package io.infrafabric.relation;

import io.infrafabric.input.Spelling;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something that supports a claim.
 *
 * @param type what it is, for example {@code document} or {@code measurement}
 * @param url where to find it
 * @param hash the hash of its content, {@code null} if not known
 * @param origin its ultimate source (a paper, a run, a person); {@code null} if not known
 */
public record Evidence(String type, String url, String hash, String origin) {
    private static final Pattern DIGEST =
            Pattern.compile("(?:md5|sha-?(?:1|2|3)?-?(?:224|256|384|512)?|blake[23][a-z]*)[ :=-]([0-9a-f]{32,128})");

    /**
     * The marks by which two pieces count as one source: hash, origin and address, however they are written
     * ({@link Spelling}, {@link EvidenceAddress}). They are computed on demand, so older pieces are compared by today's
     * rule as soon as the support of their claim changes.
     */
    public List<String> marks() {
        Set<String> marks = new HashSet<>();
        mark(marks, "hash:", hash == null ? null : digest(Spelling.plain(hash)));
        mark(marks, "origin:", origin == null ? null : Spelling.plain(origin));
        mark(marks, "url:", url == null ? null : EvidenceAddress.plain(url));
        return marks.stream().sorted().toList();
    }

    private static void mark(Set<String> marks, String kind, String value) {
        if (value != null && !value.isEmpty()) {
            marks.add(kind + value);
        }
    }

    /** The hash without the name of its algorithm, if its digits say enough. */
    private static String digest(String hash) {
        Matcher named = DIGEST.matcher(hash);
        return named.matches() ? named.group(1) : hash;
    }

    /**
     * The number of independent sources. Pieces that share a mark (the same hash, origin or address) are one source,
     * even over several steps (a copy of a copy).
     *
     * @param pieces the marks of each piece
     */
    public static int independent(Collection<List<String>> pieces) {
        Map<String, String> roots = new HashMap<>();
        int sources = 0;
        for (List<String> marks : pieces) {
            Set<String> known = new HashSet<>();
            for (String mark : marks) {
                if (roots.containsKey(mark)) {
                    known.add(root(roots, mark));
                }
            }
            if (!marks.isEmpty()) {
                sources += 1 - known.size();
                String root =
                        known.isEmpty() ? marks.getFirst() : known.iterator().next();
                known.forEach(other -> roots.put(other, root));
                marks.forEach(mark -> roots.put(roots.containsKey(mark) ? root(roots, mark) : mark, root));
            }
        }
        return sources;
    }

    private static String root(Map<String, String> roots, String mark) {
        String at = mark;
        while (!roots.get(at).equals(at)) {
            at = roots.get(at);
        }
        return at;
    }
}
