package io.infrafabric;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.infrafabric.bus.FunctionTables;
import io.infrafabric.event.Catalogue;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The steps of CONTRIBUTING.md, "A new function", as far as a machine can see to them. */
class NewFunctionTest {
    private static final Pattern CHANNEL = Pattern.compile("mp\\.messaging\\.incoming\\.([a-z]+)\\.connector");
    private static final Pattern TABLE =
            Pattern.compile("CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?+([a-z]+)_", Pattern.CASE_INSENSITIVE);
    private static final YAMLMapper YAML = new YAMLMapper();

    @Test
    void every_function_has_a_channel() throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(Files.readString(Path.of("src/main/resources/application.properties"))));
        assertThat(properties.stringPropertyNames().stream()
                        .map(CHANNEL::matcher)
                        .filter(Matcher::matches)
                        .map(channel -> channel.group(1)))
                .containsExactlyInAnyOrderElementsOf(Catalogue.FUNCTIONS);
    }

    @Test
    void every_function_says_in_its_own_room_what_it_hears() {
        for (String function : Catalogue.FUNCTIONS) {
            assertThat(FunctionTables.of(function).function()).isEqualTo(function);
            assertThat(Path.of("src/main/java/io/infrafabric", function)).isDirectory();
        }
    }

    @Test
    void every_table_belongs_to_a_function_or_a_shared_room() throws IOException {
        Set<String> owners = Stream.concat(Catalogue.FUNCTIONS.stream(), Stream.of("bus", "door", "gateway"))
                .collect(Collectors.toSet());
        try (Stream<Path> migrations = Files.list(Path.of("src/main/resources/db/migration"))) {
            for (Path migration : migrations.toList()) {
                assertThat(TABLE.matcher(Files.readString(migration)).results().map(table -> table.group(1)))
                        .as(migration.toString())
                        .allSatisfy(prefix -> assertThat(owners).contains(prefix));
            }
        }
    }

    @Test
    void every_function_is_in_the_chart() throws IOException {
        JsonNode values = YAML.readTree(Path.of("helm/s2-fabric/values.yaml").toFile());
        assertThat(values.path("functions").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrderElementsOf(with("gateway"));
    }

    @Test
    void every_function_is_built_and_released() throws IOException {
        JsonNode build = YAML.readTree(Path.of(".github/workflows/build.yml").toFile());
        List<JsonNode> matrices = build.findValues("matrix").stream()
                .filter(matrix -> matrix.has("function"))
                .toList();
        assertThat(matrices)
                .isNotEmpty()
                .allSatisfy(matrix -> assertThat(matrix.path("function"))
                        .extracting(JsonNode::asText)
                        .containsExactlyInAnyOrderElementsOf(with("fabric", "gateway")));
    }

    private static Set<String> with(String... others) {
        Set<String> all = new TreeSet<>(Catalogue.FUNCTIONS);
        all.addAll(List.of(others));
        return all;
    }
}
