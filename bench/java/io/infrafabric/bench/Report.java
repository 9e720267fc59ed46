package io.infrafabric.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Prints what was found as Markdown, to the console and at the end of {@code target/bench/results.md}. */
final class Report {
    private static final Path FILE = Path.of("target", "bench", "results.md");

    private Report() {}

    /** The heading of a section. */
    static void section(String title) {
        line("\n## " + title + "\n");
    }

    /** A paragraph. */
    static void say(String text) {
        line(text + "\n");
    }

    /** A table, the first row being its head. The first column is to the left, the others to the right. */
    static void table(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] widths = IntStream.range(0, columns)
                .map(column -> rows.stream()
                        .mapToInt(row -> row.get(column).length())
                        .max()
                        .orElse(0))
                .toArray();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            text.append(cells(rows.get(i), widths)).append('\n');
            if (i == 0) {
                text.append(IntStream.range(0, columns)
                                .mapToObj(column ->
                                        column == 0 ? "-".repeat(widths[0]) : "-".repeat(widths[column] - 1) + ":")
                                .collect(Collectors.joining(" | ", "| ", " |")))
                        .append('\n');
            }
        }
        line(text.toString());
    }

    private static String cells(List<String> row, int[] widths) {
        return IntStream.range(0, row.size())
                .mapToObj(column -> {
                    String gap = " ".repeat(
                            widths[column] - row.get(column).length());
                    return column == 0 ? row.get(column) + gap : gap + row.get(column);
                })
                .collect(Collectors.joining(" | ", "| ", " |"));
    }

    private static void line(String text) {
        System.out.println(text);
        try {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
