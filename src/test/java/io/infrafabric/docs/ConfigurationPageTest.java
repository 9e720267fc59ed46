package io.infrafabric.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.launch.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Reads the `…Config` interfaces as they stand in the sources: their Javadoc is the documentation of each key. */
class ConfigurationPageTest {
    private static final Path PAGE = Path.of("docs/configuration.md");
    private static final Path SOURCES = Path.of("src/main/java/io/infrafabric");
    private static final Pattern PREFIX = Pattern.compile("@ConfigMapping\\(prefix = \"([^\"]+)\"\\)");
    private static final Pattern PART = Pattern.compile(
            "interface (\\w+) \\{|/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@Allowed\\([^)]*\\)\\s*)?(?:@WithDefault\\(\"([^\"]*)\"\\)\\s*)?(\\w[\\w<>.]*) (\\w+)\\(\\);",
            Pattern.DOTALL);

    /** Files, tokens and addresses, which those who read them check. */
    private static final Set<String> TEXTS = Set.of(
            "s2.door.operator-token",
            "s2.door.jwt-key-file",
            "s2.door.jwt-public-key-file",
            "s2.door.key-directory",
            "s2.escalation.embedded",
            "s2.bulkhead.embedded",
            "s2.bulkhead.key-directories",
            "s2.bulkhead.own-directory",
            "s2.gateway.source-github-api",
            "s2.gateway.source-own-directory",
            "s2.gateway.source-secret-directories");

    @Test
    void the_page_lists_every_key_with_its_meaning_and_default() throws IOException {
        String page = markdown();
        if (Boolean.getBoolean("s2.write-docs")) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).hasContent(page);
        assertThat(page)
                .contains("`s2.coordinator.lease` | 300s", "`s2.bus.inbox.max-tries` | 5", "`s2.door.token-ttl`")
                .contains("| `s2.door.page-size` | 50 | 1 to 10000, at most `s2.door.page-size-max` |");
    }

    @Test
    void every_setting_but_a_text_has_a_range() throws IOException {
        assertThat(markdown().lines().filter(row -> row.startsWith("| `")))
                .hasSizeGreaterThan(200)
                .allSatisfy(row -> assertThat(row.split("\\|", -1)[3].isBlank())
                        .as(row)
                        .isEqualTo(TEXTS.contains(row.split("`", -1)[1])));
    }

    private static String markdown() throws IOException {
        StringBuilder page = new StringBuilder("""
                # Configuration

                [Operating it](operate.md#settings-that-matter) has the environment variables that most users need. Set a key of
                this page in `application.properties`, as a system property (`-Ds2.coordinator.lease=60s`) or as an environment
                variable (`S2_COORDINATOR_LEASE=60s`). Write durations as `500ms`, `2s`, `10m`, `24h`, `7d` or in ISO 8601.

                A process whose settings are out of range does not start. It says which one is wrong and what is allowed, and ends
                with exit code 1.

                `ConfigurationPageTest` makes this page from the sources.
                """);
        for (Map.Entry<String, List<String>> part : configs().entrySet()) {
            page.append("\n## ")
                    .append(part.getKey())
                    .append("\n\n| key | default | allowed | meaning |\n|---|---|---|---|\n");
            part.getValue().forEach(source -> append(page, part.getKey(), source));
        }
        page.append("""

                ## Others

                `s2.…` keys are the launcher's ([operating it](operate.md#settings-that-matter)). `quarkus.…` keys are settings of
                [Quarkus](https://quarkus.io/guides/all-config), of which these matter here.

                | key | default | allowed |
                |---|---|---|
                """);
        Settings.others()
                .forEach((key, usual) -> page.append("| `%s` | %s | %s |\n"
                        .formatted(key, usual, Settings.ranges().get(key))));
        return page.toString();
    }

    /** The sources by prefix; several may share one. */
    private static Map<String, List<String>> configs() throws IOException {
        var configs = new TreeMap<String, List<String>>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(file -> file.getFileName().toString().endsWith("Config.java"))
                    .sorted()
                    .toList()) {
                String source = Files.readString(file);
                Matcher prefix = PREFIX.matcher(source);
                assertThat(prefix.find()).isTrue();
                configs.computeIfAbsent(prefix.group(1), _ -> new ArrayList<>()).add(source);
            }
        }
        return configs;
    }

    private static void append(StringBuilder page, String prefix, String source) {
        String group = "";
        Matcher part = PART.matcher(source.substring(source.indexOf("@ConfigMapping")));
        boolean outer = true;
        while (part.find()) {
            if (part.group(1) != null) {
                group = outer ? "" : part.group(1).toLowerCase(Locale.ROOT) + ".";
                outer = false;
            } else if (!part.group(4).equals(capitalized(part.group(5)))) {
                String key = prefix + "." + group + kebab(part.group(5));
                page.append("| `%s` | %s | %s | %s |\n"
                        .formatted(
                                key,
                                part.group(3) == null ? "" : part.group(3),
                                Settings.ranges().getOrDefault(key, ""),
                                text(part.group(2))));
            }
        }
    }

    private static String text(String javadoc) {
        return javadoc.replaceAll("\\s*\\n\\s*\\*\\s?", " ")
                .replaceAll("\\{@(?:code|link) #?([^}]*)\\}", "`$1`")
                .replace("|", "\\|")
                .strip();
    }

    private static String kebab(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static String capitalized(String name) {
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }
}
