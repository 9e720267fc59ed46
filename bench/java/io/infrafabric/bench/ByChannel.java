package io.infrafabric.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** The bus on each channel, a row for each. Each is measured in a class of its own; the one that is last prints both. */
final class ByChannel {
    private static final Path DIRECTORY = Path.of("target", "bench");

    private ByChannel() {}

    /** Notes the figures of one channel, by their names, and prints all if there are those of each channel. */
    static void report(BusBench.Channel channel, Map<String, String> figures) {
        Properties mine = new Properties();
        mine.putAll(figures);
        try {
            Path file = file(channel);
            try (var out = Files.newBufferedWriter(file)) {
                mine.store(out, null);
            }
            List<List<String>> rows = new ArrayList<>();
            for (BusBench.Channel each : BusBench.Channel.values()) {
                if (!Files.exists(file(each))) {
                    return;
                }
                Properties found = new Properties();
                try (var in = Files.newBufferedReader(file(each))) {
                    found.load(in);
                }
                Map<String, String> sorted = new TreeMap<>();
                found.forEach((name, figure) -> sorted.put(name.toString(), figure.toString()));
                if (rows.isEmpty()) {
                    rows.add(row("by channel", sorted.keySet()));
                }
                rows.add(row(
                        each == BusBench.Channel.REDIS ? "Redis" : "AMQP (Artemis, nothing on disk)", sorted.values()));
            }
            Report.table(rows);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static List<String> row(String first, Iterable<String> others) {
        List<String> row = new ArrayList<>(List.of(first));
        others.forEach(row::add);
        return row;
    }

    private static Path file(BusBench.Channel channel) {
        return DIRECTORY.resolve("bus-" + channel + ".properties");
    }
}
