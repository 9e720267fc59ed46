package io.infrafabric.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.BusConfig;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.smallrye.config.WithDefault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/**
 * What the page computes is computed here, from the table at its top of what was measured or is assumed. After a new
 * measurement, change the figure in that table and write the page anew.
 */
class ScalePageTest {
    private static final Path PAGE = Path.of("docs/scale.md");
    private static final Path RESULTS = Path.of("bench/RESULTS.md");

    private static final Pattern INPUT =
            Pattern.compile("^\\| `(\\w+)` \\| ([\\d.,]+) \\| (.+) \\| (.+) \\|$", Pattern.MULTILINE);
    private static final Pattern COMPUTED = Pattern.compile("(?s)(?<=<!-- computed -->\n).*(?=<!-- end -->)");

    private static final double[] SESSIONS = {10, 1_000, 100_000, 10_000_000};
    private static final double PERIOD = 600;
    private static final double DAY = 86_400;

    private record Input(String figure, String source) {
        double value() {
            return Double.parseDouble(figure.replace(",", ""));
        }
    }

    private record Row(String what, DoubleUnaryOperator ofSessions, DoubleFunction<String> unit) {}

    @Test
    void what_follows_from_the_inputs_is_what_the_page_says() throws IOException {
        String page = Files.readString(PAGE);

        String computed = COMPUTED.matcher(page).replaceFirst(table(inputs(page)));
        if (Boolean.getBoolean("s2.write-docs")) {
            Files.writeString(PAGE, computed);
        }

        assertThat(PAGE).hasContent(computed);
        assertThat(computed).contains("| commands a second | 0.38 | 38 | 3,800 | 380,000 |");
    }

    @Test
    void what_was_measured_stands_in_the_results() throws IOException {
        String results = Files.readString(RESULTS);
        var measured = inputs(Files.readString(PAGE)).values().stream()
                .filter(input -> input.source().startsWith("measured"))
                .toList();

        assertThat(measured)
                .hasSizeGreaterThan(10)
                .allSatisfy(input -> assertThat(results)
                        .as("%s", input)
                        .containsPattern("(?<![\\d.,])" + Pattern.quote(input.figure()) + "(?![\\d]|[.,]\\d)"));
    }

    @Test
    void defaults_are_those_of_the_configuration() throws IOException, ReflectiveOperationException {
        var inputs = inputs(Files.readString(PAGE));

        assertThat(inputs.get("room").value()).isEqualTo(number(CoordinatorConfig.class, "maxWaiting"));
        assertThat(inputs.get("days").value()).isEqualTo(number(BusConfig.class, "retentionDays"));
    }

    private static double number(Class<?> config, String key) throws ReflectiveOperationException {
        return Double.parseDouble(
                config.getMethod(key).getAnnotation(WithDefault.class).value());
    }

    private static Map<String, Input> inputs(String page) {
        return INPUT.matcher(page)
                .results()
                .collect(Collectors.toMap(
                        row -> row.group(1),
                        row -> new Input(row.group(2), row.group(4)),
                        (_, second) -> {
                            throw new IllegalArgumentException("Twice: " + second);
                        },
                        LinkedHashMap::new));
    }

    private static String table(Map<String, Input> inputs) {
        var lines = rows(inputs).stream()
                .map(row -> "| " + row.what() + " | "
                        + DoubleStream.of(SESSIONS)
                                .mapToObj(sessions ->
                                        row.unit().apply(row.ofSessions().applyAsDouble(sessions)))
                                .collect(Collectors.joining(" | "))
                        + " |");
        return """
                | sessions | 10 | 1,000 | 100,000 | 10 million |
                |---|---:|---:|---:|---:|
                """ + lines.collect(Collectors.joining("\n", "", "\n"));
    }

    private static List<Row> rows(Map<String, Input> inputs) {
        DoubleFunction<String> figure = ScalePageTest::figure;
        DoubleFunction<String> percent = share -> atLeast(100 * share) + " %";
        DoubleFunction<String> seconds = time -> atLeast(time) + " s";
        DoubleFunction<String> count = number -> String.format(Locale.ROOT, "%,.0f", number);
        class At {
            double of(String name) {
                return inputs.get(name).value();
            }

            double perSecond(double sessions, String name) {
                return sessions * of(name) / PERIOD;
            }

            double commands(double sessions) {
                return 3 * perSecond(sessions, "tasks")
                        + perSecond(sessions, "costs")
                        + perSecond(sessions, "heartbeats");
            }

            double events(double sessions) {
                return perSecond(sessions, "tasks") * of("taskEvents")
                        + perSecond(sessions, "costs") * of("costEvents");
            }

            double ledger(double sessions) {
                return perSecond(sessions, "tasks") * of("taskEntries")
                        + perSecond(sessions, "costs") * of("costEntries");
            }

            double memosOfADay(double sessions) {
                return perSecond(sessions, "memos") * DAY;
            }
        }
        At at = new At();
        return List.of(
                new Row("commands a second", at::commands, figure),
                new Row("of `flow`", n -> at.commands(n) / (3 * at.of("flow")), percent),
                new Row("tasks a second", n -> at.perSecond(n, "tasks"), figure),
                new Row("of `limit`", n -> at.perSecond(n, "tasks") / at.of("limit"), percent),
                new Row("memory of those that wait, if all do", n -> n * at.of("waiting"), ScalePageTest::memory),
                new Row("processes for them", n -> Math.ceil(n / at.of("room")), count),
                new Row("of `consumer`", n -> at.events(n) / at.of("consumer"), percent),
                new Row("rows in the event log, a day", n -> at.events(n) * DAY, figure),
                new Row(
                        "size of the event log",
                        n -> at.events(n) * DAY * at.of("days") * at.of("eventSize"),
                        ScalePageTest::memory),
                new Row("rows in the ledger, a day", n -> at.ledger(n) * DAY, figure),
                new Row("time to check a day's ledger", n -> at.ledger(n) * DAY / 1e7 * at.of("check"), seconds),
                new Row(
                        "of the time of the largest swarm's graph, for edges",
                        n -> at.perSecond(Math.min(n, at.of("swarm")), "edges") * at.of("edge") / 1000,
                        percent),
                new Row(
                        "of one core, for matches of rescue",
                        n -> at.perSecond(n, "blockers")
                                * at.of("match")
                                / 1000
                                * Math.min(n, at.of("swarm"))
                                / at.of("swarm"),
                        percent),
                new Row(
                        "of the time of the chain of memos",
                        n -> at.perSecond(n, "memos") * at.of("append") / 1000,
                        percent),
                new Row("time to verify a day's memos", n -> at.memosOfADay(n) / at.of("verify"), seconds),
                new Row(
                        "time to search them for a rare word",
                        n -> at.memosOfADay(n) / 100_000 * at.of("search") / 1000,
                        seconds));
    }

    private static String memory(double kib) {
        double gib = kib / (1024 * 1024);
        return gib < 1 ? figure(1024 * gib) + " MiB" : gib < 1024 ? figure(gib) + " GiB" : figure(gib / 1024) + " TiB";
    }

    private static String atLeast(double value) {
        return value < 0.01 ? "< 0.01" : figure(value);
    }

    /** With two digits that count: the inputs give no more. */
    private static String figure(double value) {
        if (value >= 1e9) {
            return figure(value / 1e9) + " billion";
        }
        if (value >= 1e6) {
            return figure(value / 1e6) + " million";
        }
        double unit = value == 0 ? 1 : Math.pow(10, Math.floor(Math.log10(value)) - 1);
        double rounded = Math.round(value / unit) * unit;
        int decimals = (int) Math.max(0, -Math.round(Math.log10(unit)));
        return String.format(Locale.ROOT, "%,." + decimals + "f", rounded);
    }
}
