package io.infrafabric.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A page in Markdown: its text, and what is fenced or indented as code.
 *
 * @param path from the project's root
 */
record Page(Path path, String markdown) {
    private static final Pattern FENCED =
            Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern INDENTED = Pattern.compile("^ {4}.*$", Pattern.MULTILINE);
    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
    private static final Pattern INLINE = Pattern.compile("`([^`]+)`");
    private static final Set<String> NOT_OURS = Set.of("target", ".git", ".s2", "node_modules");

    /** A fenced block and its language, which may be empty. */
    record Block(String language, String text) {}

    static Page of(Path path) throws IOException {
        return new Page(path, Files.readString(path));
    }

    /** Every page of the project. */
    static List<Page> all() throws IOException {
        List<Page> pages = new ArrayList<>();
        for (Path path : files(Path.of(""), ".md")) {
            pages.add(of(path));
        }
        return pages;
    }

    /** The files below a directory with this ending, without what is built. */
    static List<Path> files(Path directory, String ending) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> inside = Files.list(directory)) {
            for (Path path : inside.sorted().toList()) {
                String name = path.getFileName().toString();
                if (Files.isDirectory(path) && !NOT_OURS.contains(name)) {
                    found.addAll(files(path, ending));
                } else if (Files.isRegularFile(path) && name.endsWith(ending)) {
                    found.add(path);
                }
            }
        }
        return found;
    }

    List<Block> blocks() {
        return FENCED.matcher(markdown)
                .results()
                .map(block -> new Block(block.group(1), block.group(2)))
                .toList();
    }

    /** Its text without blocks of code. */
    String prose() {
        return INDENTED.matcher(FENCED.matcher(markdown).replaceAll("")).replaceAll("");
    }

    /** What stands in backticks within its text. */
    Set<String> inBackticks() {
        return groups(INLINE, prose())
                .map(name -> name.replaceAll("\\s+", " "))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Where its relative links lead: a path from the project's root, or the page itself, with or without an anchor. */
    List<String> links() {
        return groups(LINK, prose()).filter(link -> !link.contains("://")).toList();
    }

    /** The page, or file, that a relative link of this page leads to. */
    Path target(String link) {
        String file = link.replaceFirst("#.*", "");
        Path parent = path.getParent();
        return file.isEmpty()
                ? path
                : parent == null ? Path.of(file) : parent.resolve(file).normalize();
    }

    /** The anchors of its headings, as GitHub makes them. */
    Set<String> anchors() {
        Map<String, Integer> seen = new HashMap<>();
        return groups(HEADING, FENCED.matcher(markdown).replaceAll(""))
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .map(slug -> {
                    int before = seen.merge(slug, 1, Integer::sum) - 1;
                    return before == 0 ? slug : slug + "-" + before;
                })
                .collect(Collectors.toSet());
    }

    private static Stream<String> groups(Pattern pattern, String text) {
        return pattern.matcher(text).results().map((MatchResult found) -> found.group(1));
    }
}
