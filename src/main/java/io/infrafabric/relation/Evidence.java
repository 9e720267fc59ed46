package io.infrafabric.relation;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Something that carries a claim.
 *
 * @param type what it is, for example {@code document} or {@code measurement}
 * @param url where it is found
 * @param hash of its content, {@code null} if not known
 * @param origin who or what it comes from in the end (a paper, a run, a person); {@code null} if not known
 */
public record Evidence(String type, String url, String hash, String origin) {

    /**
     * What tells whether two pieces are one source: each of its hash, its origin, and its address. Case makes no
     * difference, nor does a fragment of the address.
     */
    public List<String> marks() {
        Set<String> marks = new HashSet<>();
        mark(marks, "hash:", hash);
        mark(marks, "origin:", origin);
        mark(marks, "url:", url == null ? null : url.replaceFirst("#.*", ""));
        return marks.stream().sorted().toList();
    }

    private static void mark(Set<String> marks, String kind, String value) {
        if (value != null && !value.isBlank()) {
            marks.add(kind + value.strip().toLowerCase(Locale.ROOT));
        }
    }

    /**
     * How many independent sources there are: pieces that share a mark (the same hash, origin or address) are one source,
     * also over several steps (a copy of a copy).
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
