package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The container files, the script that builds images, and the workflow: what can be said of them without running them. */
class ImagesTest {
    private static final Path DOCKER = Path.of("src/main/docker");
    private static final Path WORKFLOWS = Path.of(".github/workflows");

    /** By tag alone: nobody here could ask its registry for the digest. Dependabot proposes it. */
    private static final List<String> UNPINNED = List.of("quay.io/quarkus/ubi9-quarkus-micro-image:2.0");

    @Test
    void the_workflow_builds_and_publishes_every_function() {
        ObjectNode workflow = Yaml.read(WORKFLOWS.resolve("build.yml"));

        assertThat(texts(workflow.at("/jobs/native/strategy/matrix/function")))
                .containsExactlyInAnyOrderElementsOf(images());
        assertThat(workflow.at("/jobs/native/strategy/matrix/machine").findValuesAsText("architecture"))
                .containsExactly("amd64", "arm64");
    }

    @Test
    void nothing_is_published_that_has_not_passed_all_tests() {
        ObjectNode workflow = Yaml.read(WORKFLOWS.resolve("build.yml"));

        assertThat(texts(workflow.at("/jobs/images/needs"))).contains("test", "native-test", "native");
        assertThat(workflow.at("/jobs/release/needs").asText()).isEqualTo("images");
        workflow.get("jobs")
                .properties()
                .forEach(job -> texts(job.getValue().path("needs"))
                        .forEach(needed -> assertThat(workflow.get("jobs").has(needed))
                                .as(job.getKey())
                                .isTrue()));
    }

    @Test
    void actions_are_pinned_by_commit_and_jobs_have_no_rights_but_their_own() throws IOException {
        try (Stream<Path> files = Files.list(WORKFLOWS)) {
            for (Path file : files.toList()) {
                ObjectNode workflow = Yaml.read(file);
                assertThat(workflow.findValuesAsText("uses"))
                        .isNotEmpty()
                        .allMatch(action -> action.matches("[\\w-]+/[\\w-]+@[0-9a-f]{40}"));
                assertThat(workflow.at("/permissions")).isEmpty();
                workflow.get("jobs")
                        .properties()
                        .forEach(job -> assertThat(job.getValue().path("permissions"))
                                .as(job.getKey())
                                .isNotEmpty());
            }
        }
    }

    /** Docker passes the chart's arguments on after these. */
    @Test
    void a_native_process_collects_garbage_before_it_has_grown() throws IOException {
        assertThat(Files.readAllLines(DOCKER.resolve("Dockerfile.native")))
                .contains("ENTRYPOINT [\"/work/application\", \"-Xmn16m\"]");
    }

    /** They are absent in native binaries. */
    @ParameterizedTest
    @ValueSource(strings = {"helm", "k8s", "docs/operate.md", "docs/scale.md", "docs/kubernetes.md"})
    void nothing_needs_metrics_that_only_a_jvm_has(String place) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(place))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file)).as(file.toString()).doesNotContain("jvm_gc_", "jvm_buffer_");
            }
        }
    }

    @Test
    void the_workflow_tests_binaries_of_both_processors_and_as_a_service() {
        ObjectNode workflow = Yaml.read(WORKFLOWS.resolve("build.yml"));

        assertThat(texts(workflow.at("/jobs/native-test/strategy/matrix/runner")))
                .containsExactly("ubuntu-24.04", "ubuntu-24.04-arm");
        assertThat(workflow.at("/jobs/native-test/steps").findValuesAsText("run"))
                .anyMatch(run -> run.contains("edge/upgrade") && run.contains("ExecMainStatus"));
    }

    @Test
    void maven_itself_is_checked_before_it_runs() throws IOException {
        assertThat(Files.readAllLines(Path.of(".mvn/wrapper/maven-wrapper.properties")))
                .anyMatch(line -> line.matches("distributionSha256Sum=[0-9a-f]{64}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "jvm"})
    void images_run_as_nobody_and_without_a_shell(String flavor) throws IOException {
        var lines = Files.readAllLines(DOCKER.resolve("Dockerfile." + flavor));

        assertThat(lines).contains("USER 1001:1001", "EXPOSE 8080 9000");
        assertThat(lines)
                .filteredOn(line -> line.matches("(CMD|ENTRYPOINT) .*"))
                .allMatch(line -> line.contains(" [\"") && line.endsWith("\"]"));
        assertThat(lines)
                .filteredOn(line -> line.startsWith("FROM "))
                .allMatch(line -> line.matches(".*:[\\w.-]*\\d[\\w.-]*@sha256:[0-9a-f]{64}( AS \\w+)?")
                        || UNPINNED.stream().anyMatch(line::contains));
        assertThat(Chart.render(ValueSet.DEFAULTS).stream()
                        .filter(object -> object.at("/spec/template").isObject()))
                .allMatch(object -> object.at("/spec/template/spec/securityContext/runAsUser")
                                .asInt()
                        == 1001);
    }

    @Test
    void what_starts_from_zero_on_a_jvm_uses_the_quick_compiler_alone() {
        var values = ValueSet.of("jvm", """
                image: {flavor: jvm}
                functions: {rescue: {env: {JAVA_TOOL_OPTIONS: -Xlog:gc}}}""");

        assertThat(Chart.render(values))
                .filteredOn(object -> Chart.kind(object).equals("Deployment"))
                .hasSameSizeAs(Chart.functions(values))
                .allSatisfy(deployment -> {
                    String function = Chart.name(deployment).substring(Chart.RELEASE.length() + 1);
                    var options = StreamSupport.stream(
                                    deployment
                                            .at("/spec/template/spec/containers/0/env")
                                            .spliterator(),
                                    false)
                            .filter(variable -> variable.get("name").asText().equals("JAVA_TOOL_OPTIONS"))
                            .map(variable -> variable.get("value").asText())
                            .toList();
                    if (function.equals("rescue")) {
                        assertThat(options).as("its own").containsExactly("-Xlog:gc");
                    } else if (function.equals("chassis")) {
                        assertThat(options)
                                .as("modules run five times slower with the quick compiler")
                                .containsExactly("-XX:+UseSerialGC");
                    } else if (Chart.function(values, function).get("fromZero").asBoolean()) {
                        assertThat(options).as(function).containsExactly("-XX:TieredStopAtLevel=1");
                    } else {
                        assertThat(options).as(function).isEmpty();
                    }
                });
    }

    @Test
    void what_images_are_made_of_reaches_the_engine() throws IOException {
        var ignored = Files.readAllLines(Path.of(".dockerignore"));

        for (String flavor : List.of("native", "jvm")) {
            var copied = Pattern.compile("^COPY (?:--chmod=\\d+ )?\\$\\{BUILT}/(\\S+) ", Pattern.MULTILINE)
                    .matcher(Files.readString(DOCKER.resolve("Dockerfile." + flavor)))
                    .results()
                    .map(match -> match.group(1))
                    .distinct()
                    .toList();
            assertThat(copied).hasSize(1);
            assertThat(ignored).contains("!target/" + copied.getFirst(), "!target/functions/*/" + copied.getFirst());
        }
    }

    @Test
    void the_script_makes_every_image() throws IOException, InterruptedException {
        Process script = new ProcessBuilder("sh", DOCKER.resolve("images").toString(), "list").start();

        String names = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(names.strip().split(" ", -1)).containsExactlyInAnyOrderElementsOf(images());
        assertThat(script.waitFor()).isZero();
    }

    /** Every function, and all of them in one. */
    private static List<String> images() {
        return Stream.concat(Stream.of("fabric"), Chart.expected().stream()).toList();
    }

    private static List<String> texts(JsonNode list) {
        return list.isTextual()
                ? List.of(list.asText())
                : StreamSupport.stream(list.spliterator(), false)
                        .map(JsonNode::asText)
                        .toList();
    }
}
