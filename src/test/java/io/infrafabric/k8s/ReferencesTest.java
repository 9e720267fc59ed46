package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What one object says about another is true of it. */
class ReferencesTest {
    static List<ValueSet> values() {
        return ValueSet.all();
    }

    @ParameterizedTest
    @MethodSource("values")
    void selectors_choose_the_pods_of_one_workload(ValueSet values) {
        var objects = Chart.render(values);

        for (ObjectNode object : objects) {
            JsonNode selector = podSelector(object);
            if (!selector.isMissingNode()) {
                assertThat(workloads(objects).filter(workload -> matches(selector, podLabels(workload))))
                        .as(Chart.kind(object) + " " + Chart.name(object))
                        .hasSize(1);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void named_ports_are_those_of_the_pods(ValueSet values) {
        var objects = Chart.render(values);

        for (ObjectNode object : objects) {
            JsonNode selector = podSelector(object);
            Set<String> named = new HashSet<>();
            if (Chart.kind(object).equals("NetworkPolicy")) {
                object.at("/spec/ingress").findValues("port").forEach(port -> named.add(port.asText()));
            } else {
                named.addAll(object.findValuesAsText("targetPort"));
            }
            if (!selector.isMissingNode()) {
                var pods = workloads(objects)
                        .filter(workload -> matches(selector, podLabels(workload)))
                        .findFirst()
                        .orElseThrow();
                assertThat(portNames(pods))
                        .as(Chart.kind(object) + " " + Chart.name(object))
                        .containsAll(named);
            }
        }
        workloads(objects)
                .forEach(workload -> assertThat(portNames(workload))
                        .as("probes of " + Chart.name(workload))
                        .containsAll(probePorts(workload)));
    }

    @ParameterizedTest
    @MethodSource("values")
    void monitors_and_ingress_name_ports_of_services(ValueSet values) {
        var objects = Chart.render(values);
        var services = Chart.ofKind(objects, "Service");

        for (ObjectNode monitor : Chart.ofKind(objects, "ServiceMonitor")) {
            var chosen = services.stream()
                    .filter(service ->
                            matches(monitor.at("/spec/selector/matchLabels"), service.at("/metadata/labels")))
                    .toList();
            assertThat(chosen).as(Chart.name(monitor)).hasSize(1);
            assertThat(chosen.getFirst().at("/spec/ports").findValuesAsText("name"))
                    .contains(monitor.at("/spec/endpoints/0/port").asText());
        }
        for (ObjectNode ingress : Chart.ofKind(objects, "Ingress")) {
            for (JsonNode backend : ingress.findValues("backend")) {
                assertThat(services)
                        .filteredOn(service -> Chart.name(service)
                                .equals(backend.at("/service/name").asText()))
                        .singleElement()
                        .satisfies(service -> assertThat(
                                        service.at("/spec/ports").findValuesAsText("name"))
                                .contains(backend.at("/service/port/name").asText()));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void secrets_and_their_keys_are_those_that_the_values_name(ValueSet values) {
        var given = given(values);

        for (ObjectNode object : Chart.render(values)) {
            assertThat(secretKeys(object))
                    .as(Chart.kind(object) + " " + Chart.name(object))
                    .isSubsetOf(given);
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void the_private_key_is_where_tokens_are_made_and_nowhere_else(ValueSet values) {
        for (ObjectNode workload : workloads(Chart.render(values)).toList()) {
            String component =
                    podLabels(workload).path("app.kubernetes.io/component").asText();
            boolean issues = Chart.functions(values).contains(component)
                    && Chart.function(values, component).get("issuesTokens").asBoolean();
            assertThat(secretKeys(workload).contains("s2-jwt/private.pem"))
                    .as(component)
                    .isEqualTo(issues);
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void mounts_have_volumes_and_files_are_mounted(ValueSet values) {
        for (ObjectNode workload : workloads(Chart.render(values)).toList()) {
            JsonNode pod = workload.at("/spec/template/spec");
            JsonNode container = pod.at("/containers/0");
            Set<String> files = new HashSet<>();
            for (JsonNode mount : container.path("volumeMounts")) {
                var volume = StreamSupport.stream(pod.get("volumes").spliterator(), false)
                        .filter(found -> found.get("name").equals(mount.get("name")))
                        .findFirst();
                assertThat(volume)
                        .as("%s of %s", mount.get("name"), Chart.name(workload))
                        .isPresent();
                volume.get()
                        .findValuesAsText("path")
                        .forEach(path -> files.add(mount.get("mountPath").asText() + "/" + path));
            }
            for (JsonNode variable : container.path("env")) {
                if (variable.get("name").asText().endsWith("_FILE")) {
                    assertThat(files).contains(variable.get("value").asText());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void environment_variables_are_settings_of_the_application(ValueSet values) throws IOException {
        Set<String> known = settings();

        for (ObjectNode workload : workloads(Chart.render(values)).toList()) {
            assertThat(workload.at("/spec/template/spec/containers/0/env").findValuesAsText("name"))
                    .filteredOn(name -> name.startsWith("S2_"))
                    .as(Chart.name(workload))
                    .isSubsetOf(known);
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void pods_may_do_nothing_but_run(ValueSet values) {
        var objects = Chart.render(values);
        var accounts = Chart.ofKind(objects, "ServiceAccount").stream()
                .map(Chart::name)
                .toList();

        for (ObjectNode workload : workloads(objects).toList()) {
            JsonNode pod = workload.at("/spec/template/spec");
            JsonNode container = pod.at("/containers/0/securityContext");
            assertThat(pod.get("containers")).hasSize(1);
            assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
            assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
            assertThat(pod.get("automountServiceAccountToken").asBoolean()).isFalse();
            assertThat(container.get("readOnlyRootFilesystem").asBoolean()).isTrue();
            assertThat(container.get("allowPrivilegeEscalation").asBoolean()).isFalse();
            assertThat(container.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
            assertThat(pod.at("/containers/0/resources/limits").has("memory")).isTrue();
            if (pod.has("serviceAccountName")) {
                assertThat(accounts).contains(pod.get("serviceAccountName").asText());
            }
        }
    }

    private static Stream<ObjectNode> workloads(List<ObjectNode> objects) {
        return objects.stream().filter(object -> object.at("/spec/template").isObject());
    }

    private static JsonNode podLabels(ObjectNode workload) {
        return workload.at("/spec/template/metadata/labels");
    }

    private static JsonNode podSelector(ObjectNode object) {
        return switch (Chart.kind(object)) {
            case "Service" -> object.at("/spec/selector");
            case "NetworkPolicy" -> object.at("/spec/podSelector/matchLabels");
            case "Deployment", "PodDisruptionBudget" -> object.at("/spec/selector/matchLabels");
            default -> object.at("/none");
        };
    }

    private static boolean matches(JsonNode selector, JsonNode labels) {
        return !selector.isEmpty()
                && selector.propertyStream().allMatch(entry -> entry.getValue().equals(labels.get(entry.getKey())));
    }

    private static List<String> portNames(ObjectNode workload) {
        return workload.at("/spec/template/spec/containers/0/ports").findValuesAsText("name");
    }

    private static Set<String> probePorts(ObjectNode workload) {
        JsonNode container = workload.at("/spec/template/spec/containers/0");
        return Stream.of("startupProbe", "livenessProbe", "readinessProbe")
                .flatMap(probe -> container.path(probe).findValuesAsText("port").stream())
                .collect(Collectors.toSet());
    }

    /** {@code secret/key} of everything that an object reads. */
    private static Set<String> secretKeys(JsonNode object) {
        Set<String> read = new HashSet<>();
        for (JsonNode reference : object.findValues("secretKeyRef")) {
            read.add(reference.get("name").asText() + "/" + reference.get("key").asText());
        }
        for (JsonNode reference : object.at("/spec/secretTargetRef")) {
            read.add(reference.get("name").asText() + "/" + reference.get("key").asText());
        }
        for (JsonNode reference : object.findValues("credentials")) {
            read.add(reference.get("name").asText() + "/" + reference.get("key").asText());
        }
        for (JsonNode volume : object.findValues("secret")) {
            String name = volume.get("secretName").asText();
            if (volume.has("items")) {
                volume.get("items")
                        .forEach(item -> read.add(name + "/" + item.get("key").asText()));
            } else {
                // Mounted whole: the values name the secret and no key of it.
                read.add(name + "/" + name);
            }
        }
        return read;
    }

    private static Set<String> given(ValueSet values) {
        Set<String> given = new HashSet<>();
        ObjectNode all = Chart.values(values);
        for (JsonNode secret : all.get("secrets")) {
            secret.forEach(key -> given.add(secret.get("name").asText() + "/" + key.asText()));
        }
        for (String server : List.of("postgres", "redis")) {
            JsonNode ca = all.get(server).get("ca");
            given.add(ca.get("secret").asText() + "/" + ca.get("key").asText());
        }
        JsonNode viewer = all.at("/serviceMonitor/token");
        given.add(viewer.get("name").asText() + "/" + viewer.get("key").asText());
        return given;
    }

    /** Every variable of the table in docs/operate.md, and every key of the configuration page as a variable. */
    private static Set<String> settings() throws IOException {
        return Stream.concat(
                        Pattern.compile("`(S2_[A-Z_]+)`")
                                .matcher(Files.readString(Path.of("docs/operate.md")))
                                .results(),
                        Pattern.compile("^\\| `(s2\\.[a-z.-]+)`", Pattern.MULTILINE)
                                .matcher(Files.readString(Path.of("docs/configuration.md")))
                                .results())
                .map(match -> match.group(1).toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"))
                .collect(Collectors.toCollection(HashSet::new));
    }
}
