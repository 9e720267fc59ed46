package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code k8s/} is the chart for those without Helm. Base and components are written from what the chart renders
 * ({@code -Ds2.write-docs=true}), so that a new function needs no line there; the overlays are written by hand, and say what
 * {@code examples/try-out.yaml} and {@code examples/production.yaml} say.
 */
class KustomizeTest {
    private static final Path DIRECTORY = Path.of("k8s");
    private static final Set<String> OF_A_FUNCTION =
            Set.of("Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy");

    /** What only Helm itself needs. */
    private static final Set<String> HELMS = Set.of("helm.sh/chart", "app.kubernetes.io/managed-by");

    @BeforeAll
    static void write() throws IOException {
        if (Boolean.getBoolean("s2.write-docs")) {
            for (var file : generated().entrySet()) {
                Files.createDirectories(file.getKey().getParent());
                Files.writeString(file.getKey(), file.getValue());
            }
        }
    }

    @Test
    void base_and_components_are_what_the_chart_renders() throws IOException {
        Map<Path, String> files = generated();

        for (var file : files.entrySet()) {
            assertThat(file.getKey()).hasContent(file.getValue());
        }
        try (var there = Files.walk(DIRECTORY)) {
            assertThat(there.filter(Files::isRegularFile)
                            .filter(file -> !file.startsWith(DIRECTORY.resolve("overlays"))))
                    .containsExactlyInAnyOrderElementsOf(files.keySet());
        }
    }

    @Test
    void dev_is_the_chart_for_trying_out(@TempDir Path scratch) throws IOException, InterruptedException {
        assertThat(built("dev", scratch)).isEqualTo(texts(Chart.render(ValueSet.TRY_OUT)));
    }

    @Test
    void production_is_the_chart_for_production(@TempDir Path scratch) throws IOException, InterruptedException {
        assertThat(built("production", scratch)).isEqualTo(texts(Chart.render(ValueSet.PRODUCTION)));
    }

    /** Without kubectl, too: the number changes with every function. */
    @Test
    void overlays_open_as_many_connections_as_the_chart() {
        Map.of("dev", ValueSet.TRY_OUT, "production", ValueSet.PRODUCTION).forEach((overlay, values) -> {
            var patch = Yaml.read(DIRECTORY.resolve("overlays").resolve(overlay).resolve("migration.yaml"));
            var job = Chart.ofKind(Chart.render(values), "Job").getFirst();

            assertThat(connections(patch)).as(overlay).isEqualTo(connections(job));
        });
    }

    private static String connections(JsonNode job) {
        return Chart.variable(job.at("/spec/template/spec/containers/0/env"), "S2_MIGRATE_CONNECTIONS");
    }

    private static Map<Path, String> generated() {
        var everything = Chart.render(ValueSet.of("all", """
                serviceMonitor: {enabled: true}
                ingress: {enabled: true, className: nginx, tlsSecret: s2-tls}
                tryOut: {enabled: true}"""));
        Map<Path, String> files = new TreeMap<>();
        for (String function : Chart.functions(ValueSet.DEFAULTS)) {
            part(
                    files,
                    "base/" + function + ".yaml",
                    everything,
                    object -> component(object).equals(function) && OF_A_FUNCTION.contains(Chart.kind(object)));
        }
        part(
                files,
                "base/account.yaml",
                everything,
                object -> Chart.kind(object).equals("ServiceAccount"));
        part(
                files,
                "base/migration.yaml",
                everything,
                object -> component(object).equals("migrate"));
        part(
                files,
                "components/keda/objects.yaml",
                everything,
                object -> Set.of("ScaledObject", "TriggerAuthentication").contains(Chart.kind(object)));
        part(
                files,
                "components/monitoring/objects.yaml",
                everything,
                object -> Chart.kind(object).equals("ServiceMonitor"));
        part(
                files,
                "components/ingress/objects.yaml",
                everything,
                object -> Chart.kind(object).equals("Ingress"));
        part(
                files,
                "components/try-out/objects.yaml",
                everything,
                object -> component(object).startsWith("try-out"));
        part(
                files,
                "components/hpa/objects.yaml",
                Chart.render(ValueSet.of("hpa", "autoscaling: {with: hpa}")),
                object -> Chart.kind(object).equals("HorizontalPodAutoscaler"));
        index(files);
        return files;
    }

    private static void part(
            Map<Path, String> files, String name, List<ObjectNode> objects, Predicate<ObjectNode> wanted) {
        files.put(
                DIRECTORY.resolve(name),
                "# Written from helm/s2-fabric by KustomizeTest: change it there.\n"
                        + Yaml.write(objects.stream()
                                .filter(wanted)
                                .map(KustomizeTest::withoutHelm)
                                .toList()));
    }

    /** A kustomization beside every file. */
    private static void index(Map<Path, String> files) {
        var directories = files.keySet().stream()
                .collect(Collectors.groupingBy(Path::getParent, TreeMap::new, Collectors.toList()));
        directories.forEach((directory, resources) -> {
            boolean base = directory.endsWith("base");
            ObjectNode kustomization = Yaml.read(
                    base
                            ? "{apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization}"
                            : "{apiVersion: kustomize.config.k8s.io/v1alpha1, kind: Component}");
            resources.forEach(file ->
                    kustomization.withArray("resources").add(file.getFileName().toString()));
            files.put(
                    directory.resolve("kustomization.yaml"),
                    "# Written by KustomizeTest.\n" + Yaml.write(kustomization));
        });
    }

    private static String component(ObjectNode object) {
        return object.at("/metadata/labels/app.kubernetes.io~1component").asText();
    }

    private static ObjectNode withoutHelm(ObjectNode object) {
        strip(object);
        ObjectNode metadata = (ObjectNode) object.get("metadata");
        if (metadata.get("annotations") instanceof ObjectNode annotations) {
            annotations.remove(annotations
                    .propertyStream()
                    .map(Map.Entry::getKey)
                    .filter(key -> key.startsWith(Chart.HOOK))
                    .toList());
            if (annotations.isEmpty()) {
                metadata.remove("annotations");
            }
        }
        // Of a release that migrates by itself the Job's name ends in the release's number.
        if (Chart.kind(object).equals("Job")) {
            metadata.put("name", Chart.name(object).replaceFirst("-\\d+$", ""));
        }
        return object;
    }

    private static void strip(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.remove(HELMS);
        }
        node.forEach(KustomizeTest::strip);
    }

    private static Map<String, String> built(String overlay, Path scratch) throws IOException, InterruptedException {
        Path out = scratch.resolve("out.yaml");
        Process kubectl;
        try {
            kubectl = new ProcessBuilder(
                            "kubectl",
                            "kustomize",
                            DIRECTORY.resolve("overlays").resolve(overlay).toString())
                    .redirectOutput(out.toFile())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "No kubectl here, so k8s/overlays is not compared with the chart: " + e.getMessage());
            throw e;
        }
        assertThat(kubectl.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String text = Files.readString(out, StandardCharsets.UTF_8);
        assertThat(kubectl.exitValue()).as(text).isZero();
        return texts(Yaml.all(text));
    }

    /** Every object as YAML in one order, so that a difference is readable. */
    private static Map<String, String> texts(List<ObjectNode> objects) {
        Map<String, String> texts = new TreeMap<>();
        for (ObjectNode object : objects) {
            withoutHelm(object);
            ((ObjectNode) object.get("metadata")).remove("namespace");
            texts.put(Chart.kind(object) + "/" + Chart.name(object), Yaml.write(sorted(object)));
        }
        return texts;
    }

    /** Fields by name, and the lists that are sets by what they hold. */
    private static JsonNode sorted(JsonNode node) {
        return switch (node) {
            case ObjectNode object -> {
                ObjectNode copy = object.objectNode();
                object.propertyStream()
                        .sorted(Map.Entry.comparingByKey())
                        .forEach(entry -> copy.set(entry.getKey(), sorted(entry.getValue())));
                yield copy;
            }
            case ArrayNode list -> {
                ArrayNode copy = list.arrayNode();
                Comparator<JsonNode> order =
                        list.path(0).has("name") || list.path(0).has("parameter")
                                ? Comparator.comparing(JsonNode::toString)
                                : Comparator.comparing(item -> "");
                StreamSupport.stream(list.spliterator(), false)
                        .map(KustomizeTest::sorted)
                        .sorted(order)
                        .forEach(copy::add);
                yield copy;
            }
            default -> node;
        };
    }
}
