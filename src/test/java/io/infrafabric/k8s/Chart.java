package io.infrafabric.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import io.infrafabric.event.Catalogue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The chart, through Helm itself. The release is {@code s2} in the namespace {@code s2}. */
final class Chart {
    static final Path DIRECTORY = Path.of("helm/s2-fabric");
    static final String RELEASE = "s2";

    /** The annotation that a rendered hook has instead of {@code helm.sh/hook}. */
    static final String HOOK = "rendered/hook";

    private static final String NOTES = "Notes";
    private static final Pattern LOOKUP =
            Pattern.compile("(?s)\\{\\{- define \"s2.lookup\" -}}.*?\\{\\{- end }}\n(?=\n)");
    private static final Map<ObjectNode, List<ObjectNode>> RENDERED = new ConcurrentHashMap<>();

    private Chart() {}

    /** Every object that the chart makes of these values, hooks included. Each call gives copies. */
    static List<ObjectNode> render(ValueSet values) {
        return RENDERED.computeIfAbsent(values.overrides(), Chart::template).stream()
                .filter(object -> !kind(object).equals(NOTES))
                .map(ObjectNode::deepCopy)
                .toList();
    }

    /** What Helm tells the user after the installation. */
    static String notes(ValueSet values) {
        return ofKind(RENDERED.computeIfAbsent(values.overrides(), Chart::template), NOTES)
                .getFirst()
                .get("text")
                .asText();
    }

    /**
     * Every object that the chart makes where these objects are in the cluster already. Helm's lookup finds nothing without a
     * cluster, so the template around it is exchanged for one that reads them.
     */
    static List<ObjectNode> renderBeside(List<ObjectNode> there, ValueSet values) {
        return template(values.overrides(), there);
    }

    private static void plant(List<ObjectNode> there, Path chart) throws IOException {
        Path templates = chart.resolve("templates/_cluster.tpl");
        ObjectNode cluster = Yaml.read("{}");
        there.forEach(object -> cluster.set(kind(object) + "/" + name(object), object));
        Files.writeString(chart.resolve("cluster.json"), cluster.toString());
        String changed = LOOKUP.matcher(Files.readString(templates)).replaceFirst(Matcher.quoteReplacement("""
                {{- define "s2.lookup" -}}
                {{- $name := printf "%s/%s" (index . 2) (index . 4) -}}
                {{- get ((index . 0).Files.Get "cluster.json" | fromJson) $name | default dict | toJson -}}
                {{- end }}"""));
        Files.writeString(templates, changed);
    }

    private static List<ObjectNode> template(ObjectNode overrides) {
        return template(overrides, List.of());
    }

    private static List<ObjectNode> template(ObjectNode overrides, List<ObjectNode> there) {
        try {
            Path directory = Files.createTempDirectory("chart");
            try {
                copy(directory);
                if (!there.isEmpty()) {
                    plant(there, directory);
                }
                // helm-java leaves hooks and notes out of what it renders: here they are called otherwise.
                Path migration = directory.resolve("templates/migration.yaml");
                Files.writeString(migration, Files.readString(migration).replace("helm.sh/hook", HOOK));
                Files.move(directory.resolve("templates/NOTES.txt"), directory.resolve("notes"));
                Files.writeString(
                        directory.resolve("templates/notes.yaml"),
                        "kind: " + NOTES + "\ntext: {{ tpl (.Files.Get \"notes\") . | quote }}\n");
                Path values = Files.writeString(directory.resolve("given.yaml"), Yaml.write(overrides));
                return Yaml.all(new Helm(directory)
                        .template()
                        .withName(RELEASE)
                        .withNamespace(RELEASE)
                        .withKubeVersion("1.36.0")
                        .withValuesFile(values)
                        .call());
            } finally {
                delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every object but hooks, of a chart that was packaged under another version; {@code copy} is an empty directory. */
    static List<ObjectNode> renderAs(String version, Path copy) throws IOException {
        copy(copy);
        Path chart = copy.resolve("Chart.yaml");
        Files.writeString(
                chart, Files.readString(chart).replaceAll("(?m)^(version|appVersion): .*", "$1: \"" + version + "\""));
        return Yaml.all(new Helm(copy)
                .template()
                .withName(RELEASE)
                .withKubeVersion("1.36.0")
                .call());
    }

    /** What Helm's lint says of the chart with these values as its own; {@code copy} is an empty directory. */
    static LintResult lint(ValueSet values, Path copy) throws IOException {
        copy(copy);
        Files.writeString(copy.resolve("values.yaml"), Yaml.write(values(values)));
        return new Helm(copy).lint().strict().call();
    }

    private static void copy(Path to) throws IOException {
        try (Stream<Path> files = Files.walk(DIRECTORY)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(DIRECTORY.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** All values in force. */
    static ObjectNode values(ValueSet values) {
        return Yaml.merge(Yaml.read(DIRECTORY.resolve("values.yaml")), values.overrides());
    }

    /** What is in force for one function: its line over the defaults. */
    static ObjectNode function(ValueSet values, String name) {
        ObjectNode all = values(values);
        return Yaml.merge((ObjectNode) all.get("defaults"), (ObjectNode)
                all.get("functions").get(name));
    }

    /** The functions that these values install. */
    static List<String> functions(ValueSet values) {
        return values(values)
                .get("functions")
                .propertyStream()
                .map(Map.Entry::getKey)
                .filter(name -> function(values, name).get("enabled").asBoolean())
                .toList();
    }

    /** Every function that the chart is to know: those with a channel, and the doors of all. */
    static List<String> expected() {
        return Stream.concat(Catalogue.FUNCTIONS.stream(), Stream.of("gateway"))
                .distinct()
                .sorted()
                .toList();
    }

    /** What a variable of a container's environment says. */
    static String variable(JsonNode env, String name) {
        return env.valueStream()
                .filter(variable -> variable.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow()
                .get("value")
                .asText();
    }

    static String kind(JsonNode object) {
        return object.path("kind").asText();
    }

    static String name(JsonNode object) {
        return object.at("/metadata/name").asText();
    }

    static List<ObjectNode> ofKind(List<ObjectNode> objects, String kind) {
        return objects.stream().filter(object -> kind(object).equals(kind)).toList();
    }
}
