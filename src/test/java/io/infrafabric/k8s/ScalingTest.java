package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.infrafabric.bus.BusConfig;
import io.infrafabric.bus.StreamNames;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.event.Catalogue;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How many replicas there are, who decides it, and how one of them ends. */
class ScalingTest {
    static List<ValueSet> values() {
        return ValueSet.all();
    }

    @ParameterizedTest
    @MethodSource("values")
    void one_decides_how_many_replicas_there_are(ValueSet values) {
        var objects = Chart.render(values);

        for (String function : Chart.functions(values)) {
            ObjectNode deployment = named(objects, "Deployment", function);
            long deciders = Stream.of("ScaledObject", "HorizontalPodAutoscaler")
                            .flatMap(kind -> Chart.ofKind(objects, kind).stream())
                            .filter(scaler -> scaler.at("/spec/scaleTargetRef/name")
                                    .asText()
                                    .equals(Chart.name(deployment)))
                            .count()
                    + (deployment.at("/spec/replicas").isMissingNode() ? 0 : 1);
            assertThat(deciders).as(function).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void every_scaler_scales_a_deployment(ValueSet values) {
        var objects = Chart.render(values);
        var deployments =
                Chart.ofKind(objects, "Deployment").stream().map(Chart::name).toList();

        assertThat(Stream.of("ScaledObject", "HorizontalPodAutoscaler")
                        .flatMap(kind -> Chart.ofKind(objects, kind).stream()))
                .extracting(scaler -> scaler.at("/spec/scaleTargetRef/name").asText())
                .isSubsetOf(deployments)
                .doesNotHaveDuplicates();
        assertThat(Chart.ofKind(objects, "ScaledObject").isEmpty()
                        || Chart.ofKind(objects, "HorizontalPodAutoscaler").isEmpty())
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("values")
    void functions_are_woken_by_the_channel_that_the_application_reads(ValueSet values) {
        for (ObjectNode scaled : Chart.ofKind(Chart.render(values), "ScaledObject")) {
            String function =
                    scaled.at("/metadata/labels/app.kubernetes.io~1component").asText();
            var channels = StreamSupport.stream(scaled.at("/spec/triggers").spliterator(), false)
                    .map(trigger -> trigger.get("metadata"))
                    .filter(metadata -> metadata.has("stream") || metadata.has("queueName"))
                    .map(metadata -> metadata.path("stream")
                            .asText(metadata.path("queueName").asText()))
                    .toList();

            if (Catalogue.FUNCTIONS.contains(function)) {
                assertThat(channels).containsExactly(StreamNames.of(function));
            } else {
                assertThat(channels).as(function + " has no channel").isEmpty();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void triggers_measure_the_whole_backlog_and_wake_at_one_event(ValueSet values) {
        for (ObjectNode scaled : Chart.ofKind(Chart.render(values), "ScaledObject")) {
            for (JsonNode trigger : scaled.at("/spec/triggers")) {
                JsonNode metadata = trigger.get("metadata");
                switch (trigger.get("type").asText()) {
                    case "redis-streams" -> {
                        assertThat(metadata.has("consumerGroup")).isFalse();
                        assertThat(metadata.get("activationLagCount").asText()).isEqualTo("0");
                    }
                    case "rabbitmq" -> {
                        assertThat(metadata.get("protocol").asText()).isEqualTo("http");
                        assertThat(metadata.get("activationValue").asText()).isEqualTo("0");
                    }
                    case "artemis-queue" ->
                        assertThat(metadata.get("activationQueueLength").asText())
                                .isEqualTo("0");
                    case "metrics-api" ->
                        assertThat(metadata.get("activationTargetValue").asText())
                                .isEqualTo("0");
                    default -> assertThat(trigger.get("type").asText()).isEqualTo("cpu");
                }
            }
        }
    }

    /** All three count what is delivered and not yet acknowledged, so the same figures mean the same. */
    @ParameterizedTest
    @CsvSource({"rabbitmq, value, activationValue", "artemis, queueLength, activationQueueLength"})
    void a_queue_scales_exactly_as_a_stream(String broker, String length, String activation) {
        var queues = scaling(
                ValueSet.of(
                        broker,
                        "{channel: amqp, amqp: {broker: %s, managementEndpoint: 'broker:8161'}}".formatted(broker)),
                "queueName",
                length,
                activation);

        assertThat(queues)
                .hasSizeGreaterThan(Catalogue.FUNCTIONS.size() - 1)
                .isEqualTo(scaling(ValueSet.DEFAULTS, "stream", "streamLength", "activationLagCount"));
    }

    /** All that is said of each function's scaling, whatever the names of its channel's parameters. */
    private static Map<String, JsonNode> scaling(ValueSet values, String channel, String length, String activation) {
        Map<String, JsonNode> all = new TreeMap<>();
        for (ObjectNode scaled : Chart.ofKind(Chart.render(values), "ScaledObject")) {
            for (JsonNode trigger : scaled.at("/spec/triggers")) {
                ObjectNode metadata = (ObjectNode) trigger.get("metadata");
                if (metadata.has(channel)) {
                    ((ObjectNode) trigger).removeAll();
                    ((ObjectNode) trigger)
                            .put("channel", metadata.get(channel).asText())
                            .put("length", metadata.get(length).asText())
                            .put("activation", metadata.get(activation).asText());
                }
            }
            all.put(Chart.name(scaled), scaled.get("spec"));
        }
        return all;
    }

    /** It reads the event log then; who is never at zero keeps its replicas. */
    @ParameterizedTest
    @MethodSource("values")
    void a_channel_that_does_not_answer_starts_what_may_be_at_zero(ValueSet values) {
        for (ObjectNode scaled : Chart.ofKind(Chart.render(values), "ScaledObject")) {
            JsonNode fallback = scaled.at("/spec/fallback");
            if (scaled.at("/spec/minReplicaCount").asInt() > 0) {
                assertThat(fallback.isMissingNode()).isTrue();
            } else {
                assertThat(fallback.get("replicas").asInt()).isEqualTo(1);
                assertThat(fallback.get("failureThreshold").asInt()).isPositive();
                assertThat(fallback.get("behavior").asText())
                        .as("more that work stay")
                        .isEqualTo("currentReplicasIfHigher");
            }
        }
    }

    /** Its length stays 0, so that alone would leave at zero what has something to do. */
    @ParameterizedTest
    @MethodSource("values")
    void a_channel_that_refuses_writes_starts_what_may_be_at_zero(ValueSet values) {
        var objects = Chart.render(values);
        JsonNode management = Chart.values(values).get("management");
        for (ObjectNode scaled : Chart.ofKind(objects, "ScaledObject")) {
            String function =
                    scaled.at("/metadata/labels/app.kubernetes.io~1component").asText();
            var reads = StreamSupport.stream(scaled.at("/spec/triggers").spliterator(), false)
                    .filter(trigger -> trigger.get("type").asText().equals("metrics-api"))
                    .map(trigger -> trigger.get("metadata"))
                    .toList();
            if (scaled.at("/spec/minReplicaCount").asInt() > 0
                    || !management.get("enabled").asBoolean()) {
                assertThat(reads).isEmpty();
                continue;
            }
            assertThat(reads).singleElement().satisfies(metadata -> {
                assertThat(metadata.get("valueLocation").asText()).isEqualTo(StreamNames.undelivered(function));
                assertThat(metadata.get("format").asText()).isEqualTo("prometheus");
                String host = URI.create(metadata.get("url").asText()).getHost();
                assertThat(host).endsWith("." + Chart.RELEASE);
                String sweeper = host.substring(Chart.RELEASE.length() + 1, host.indexOf('.'));
                assertThat(sweeper).as("that has the sweep").isEqualTo("coordinator");
                assertThat(StreamSupport.stream(
                                named(objects, "Service", sweeper)
                                        .at("/spec/ports")
                                        .spliterator(),
                                false))
                        .anyMatch(port -> port.get("port").asInt()
                                == URI.create(metadata.get("url").asText()).getPort());
            });
        }
    }

    @Test
    void only_what_something_wakes_may_be_at_zero() {
        var objects = Chart.render(ValueSet.DEFAULTS);

        for (String function : Chart.functions(ValueSet.DEFAULTS)) {
            boolean zero = named(objects, "ScaledObject", function)
                            .at("/spec/minReplicaCount")
                            .asInt()
                    == 0;
            assertThat(zero)
                    .as(function)
                    .isEqualTo(!List.of("coordinator", "budget", "bulkhead", "gateway")
                            .contains(function));
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void the_ingress_leads_to_what_is_never_at_zero(ValueSet values) {
        var objects = Chart.render(values);

        for (ObjectNode ingress : Chart.ofKind(objects, "Ingress")) {
            assertThat(ingress.findValuesAsText("path")).contains("/");
            for (JsonNode path : ingress.at("/spec/rules/0/http/paths")) {
                String function = path.at("/backend/service/name").asText().substring(Chart.RELEASE.length() + 1);
                assertThat(path.get("path").asText()).isIn("/", "/" + function);
                assertThat(named(objects, "ScaledObject", function)
                                .at("/spec/minReplicaCount")
                                .asInt())
                        .isPositive();
            }
        }
    }

    /** Ten JVMs that started together took up to 67 s. Nobody waits longer than needed for one that is up. */
    @ParameterizedTest
    @MethodSource("values")
    void a_slow_start_is_waited_for_and_a_ready_pod_is_seen_soon(ValueSet values) {
        var objects = Chart.render(values);

        for (String function : Chart.functions(values)) {
            JsonNode container = named(objects, "Deployment", function).at("/spec/template/spec/containers/0");
            assertThat(patience(container.get("startupProbe"))).as(function).isGreaterThanOrEqualTo(2 * 67);
            assertThat(container.at("/startupProbe/periodSeconds").asInt()).isEqualTo(1);
            assertThat(container.at("/readinessProbe/periodSeconds").asInt()).isBetween(1, 2);
            assertThat(patience(container.get("livenessProbe")))
                    .as("of one that hangs")
                    .isEqualTo(60);
        }
    }

    private static int patience(JsonNode probe) {
        return probe.get("periodSeconds").asInt()
                * probe.get("failureThreshold").asInt();
    }

    @ParameterizedTest
    @MethodSource("values")
    void nothing_is_stopped_in_the_middle(ValueSet values) throws ReflectiveOperationException {
        var objects = Chart.render(values);
        var shutdown = Chart.values(values).get("shutdown");
        long read = seconds(BusConfig.Reader.class, "block");
        long lastCalls = seconds(DoorConfig.class, "lastCalls");
        long reaction = seconds(BusConfig.class, "commitOutcomeWait");

        for (String function : Chart.functions(values)) {
            JsonNode pod = named(objects, "Deployment", function).at("/spec/template/spec");
            assertThat(pod.get("terminationGracePeriodSeconds").asLong())
                    .isGreaterThan(pod.at("/containers/0/lifecycle/preStop/sleep/seconds")
                                    .asLong()
                            + shutdown.get("farewellSeconds").asLong()
                            // Calls, then the batch.
                            + 2 * shutdown.get("drainSeconds").asLong()
                            + lastCalls
                            + read);
        }
        for (ObjectNode scaled : Chart.ofKind(objects, "ScaledObject")) {
            assertThat(scaled.at("/spec/cooldownPeriod").asLong()).isGreaterThan(reaction);
            assertThat(scaled.at("/spec/initialCooldownPeriod").asLong()).isGreaterThan(reaction);
        }
    }

    private static long seconds(Class<?> config, String key) throws ReflectiveOperationException {
        String value = config.getMethod(key).getAnnotation(WithDefault.class).value();
        return Duration.parse("PT" + value).toSeconds();
    }

    private static ObjectNode named(List<ObjectNode> objects, String kind, String function) {
        return Chart.ofKind(objects, kind).stream()
                .filter(object -> Chart.name(object).equals(Chart.RELEASE + "-" + function))
                .findFirst()
                .orElseThrow();
    }
}
