package io.infrafabric.lists;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The rows of one list, and the calls that show ten of them: see {@code src/test/resources/lists/README.md}. */
record ListFile(long mostRead, List<Call> calls, List<String> statements) {
    private static final Path HOME = Path.of("src", "test", "resources", "lists");
    private static final String CALL = "--? ";
    private static final String BOUND = "--! ";

    /** A call by {@code caller}, with these filters. */
    record Call(String caller, Set<String> filters, String path) {
        private static Call parse(String line) {
            String[] parts = line.substring(CALL.length()).split(" ", 3);
            return new Call(parts[0], parts[1].equals("-") ? Set.of() : Set.of(parts[1].split(",")), parts[2]);
        }
    }

    /** The file of the list at this path of the OpenAPI document, {@code null} if there is none. */
    static ListFile of(String path, int noise, long usual) {
        String name = Arrays.stream(path.split("/"))
                .filter(part -> !part.isEmpty() && !part.startsWith("{"))
                .collect(Collectors.joining("-"));
        Path file = HOME.resolve(name + ".sql");
        if (!Files.exists(file)) {
            return null;
        }
        List<Call> calls = new ArrayList<>();
        long most = usual;
        StringBuilder sql = new StringBuilder();
        for (String line : read(file)) {
            if (line.startsWith(CALL)) {
                calls.add(Call.parse(line));
            } else if (line.startsWith(BOUND)) {
                most = Long.parseLong(line.substring(BOUND.length(), line.indexOf(':')));
            } else if (!line.startsWith("--")) {
                sql.append(line).append('\n');
            }
        }
        List<String> statements = Arrays.stream(
                        sql.toString().replace(":n", Integer.toString(noise)).split(";\n"))
                .filter(statement -> !statement.isBlank())
                .toList();
        return new ListFile(most, calls, statements);
    }

    /** The filters that stand in at least one of its calls. */
    Set<String> filters() {
        return calls.stream().flatMap(call -> call.filters().stream()).collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
