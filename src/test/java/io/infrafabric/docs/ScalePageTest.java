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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
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

    /** The table at the top, and what is said of so many sessions in more than one row. */
    private record Inputs(Map<String, Input> byName) {
        double of(String name) {
            return byName.get(name).value();
        }

        double perSecond(double sessions, String name) {
            return sessions * of(name) / PERIOD;
        }

        double commands(double sessions) {
            return 3 * perSecond(sessions, "tasks") + perSecond(sessions, "costs") + perSecond(sessions, "heartbeats");
        }

        double events(double sessions) {
            return perSecond(sessions, "tasks") * of("taskEvents") + perSecond(sessions, "costs") * of("costEvents");
        }

        double ledger(double sessions) {
            return perSecond(sessions, "tasks") * of("taskEntries") + perSecond(sessions, "costs") * of("costEntries");
        }

        double memosOfADay(double sessions) {
            return perSecond(sessions, "memos") * DAY;
        }

        double swarm(double sessions) {
            return Math.min(sessions, of("swarm"));
        }
    }

    private record Row(String what, DoubleUnaryOperator ofSessions, DoubleFunction<String> unit) {}

    @Test
    void what_follows_from_the_inputs_is_what_the_page_says() throws IOException {
        String page = Files.readString(PAGE);

        String computed = COMPUTED.matcher(page).replaceFirst(Matcher.quoteReplacement(table(inputs(page))));
        if (Boolean.getBoolean("s2.write-docs")) {
            Files.writeString(PAGE, computed);
        }

        assertThat(PAGE).hasContent(computed);
        assertThat(computed).contains("| commands a second | 0.38 | 38 | 3,800 | 380,000 |");
    }

    @Test
    void what_was_measured_stands_in_the_results() throws IOException {
        String results = Files.readString(RESULTS);
        var measured = inputs(Files.readString(PAGE)).byName().values().stream()
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

        assertThat(inputs.of("room")).isEqualTo(number(CoordinatorConfig.class, "maxWaiting"));
        assertThat(inputs.of("days")).isEqualTo(number(BusConfig.class, "retentionDays"));
    }

    private static double number(Class<?> config, String key) throws ReflectiveOperationException {
        return Double.parseDouble(
                config.getMethod(key).getAnnotation(WithDefault.class).value());
    }

    private static Inputs inputs(String page) {
        return new Inputs(INPUT.matcher(page)
                .results()
                .collect(Collectors.toMap(
                        row -> row.group(1),
                        row -> new Input(row.group(2), row.group(4)),
                        (_, second) -> {
                            throw new IllegalArgumentException("Twice: " + second);
                        },
                        LinkedHashMap::new)));
    }

    private static String table(Inputs inputs) {
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

    private static List<Row> rows(Inputs in) {
        return Stream.of(ofPostgres(in), ofTables(in), ofWhatGoesOneByOne(in))
                .flatMap(List::stream)
                .toList();
    }

    private static List<Row> ofPostgres(Inputs in) {
        return List.of(
                new Row("commands a second", in::commands, ScalePageTest::figure),
                new Row("of `flow`", n -> in.commands(n) / (3 * in.of("flow")), ScalePageTest::percent),
                new Row("tasks a second", n -> in.perSecond(n, "tasks"), ScalePageTest::figure),
                new Row("of `limit`", n -> in.perSecond(n, "tasks") / in.of("limit"), ScalePageTest::percent),
                new Row("memory of those that wait, if all do", n -> n * in.of("waiting"), ScalePageTest::memory),
                new Row("processes for them", n -> Math.ceil(n / in.of("room")), ScalePageTest::count),
                new Row("of `consumer`", n -> in.events(n) / in.of("consumer"), ScalePageTest::percent));
    }

    private static List<Row> ofTables(Inputs in) {
        return List.of(
                new Row("rows in the event log, a day", n -> in.events(n) * DAY, ScalePageTest::figure),
                new Row(
                        "size of the event log",
                        n -> in.events(n) * DAY * in.of("days") * in.of("eventSize"),
                        ScalePageTest::memory),
                new Row("rows in the ledger, a day", n -> in.ledger(n) * DAY, ScalePageTest::figure),
                new Row(
                        "time to check a day's ledger",
                        n -> in.ledger(n) * DAY / 1e7 * in.of("check"),
                        ScalePageTest::seconds),
                new Row(
                        "time to verify a day's memos",
                        n -> in.memosOfADay(n) / in.of("verify"),
                        ScalePageTest::seconds),
                new Row(
                        "time to search them for common words that hardly ever meet",
                        n -> in.memosOfADay(n) / 100_000 * in.of("search") / 1000,
                        ScalePageTest::seconds));
    }

    private static List<Row> ofWhatGoesOneByOne(Inputs in) {
        return List.of(
                new Row(
                        "of the time of the largest swarm's graph, for edges",
                        n -> in.perSecond(in.swarm(n), "edges") * in.of("edge") / 1000,
                        ScalePageTest::percent),
                new Row(
                        "of one core, for matches of rescue",
                        n -> in.perSecond(n, "blockers") * in.of("match") / 1000 * in.swarm(n) / in.of("swarm"),
                        ScalePageTest::percent),
                new Row(
                        "of the time of the chain of memos",
                        n -> in.perSecond(n, "memos") * in.of("append") / 1000,
                        ScalePageTest::percent));
    }

    private static String memory(double kib) {
        double gib = kib / (1024 * 1024);
        return gib < 1 ? figure(1024 * gib) + " MiB" : gib < 1024 ? figure(gib) + " GiB" : figure(gib / 1024) + " TiB";
    }

    private static String percent(double share) {
        return atLeast(100 * share) + " %";
    }

    private static String seconds(double time) {
        return atLeast(time) + " s";
    }

    private static String count(double number) {
        return String.format(Locale.ROOT, "%,.0f", number);
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
