package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the chart refuses because of what is in the cluster already, where it can look. */
class ClusterTest {
    private static final ObjectNode NAMESPACE = object("Namespace", "s2");

    @ParameterizedTest
    @CsvSource({"keda, HorizontalPodAutoscaler", "hpa, ScaledObject"})
    void one_scaler_does_not_take_over_from_another(String with, String other) {
        var there = beside(object(other, "s2-budget"), object(other, "s2-rescue"), object(other, "alien"));

        assertThatThrownBy(() -> Chart.renderBeside(there, with(with)))
                .hasMessageContainingAll(other, "s2-budget, s2-rescue", "autoscaling.with=none")
                .hasMessageNotContaining("alien");
    }

    @ParameterizedTest
    @CsvSource({
        "none, HorizontalPodAutoscaler",
        "none, ScaledObject",
        "keda, ScaledObject",
        "hpa, HorizontalPodAutoscaler"
    })
    void the_step_over_none_and_an_upgrade_are_not_refused(String with, String other) {
        assertThat(Chart.renderBeside(beside(object(other, "s2-budget")), with(with)))
                .isNotEmpty();
    }

    /** Under {@code helm template} and Argo CD nothing is found, and also what is there must not count by half. */
    @Test
    void where_the_namespace_is_not_seen_nothing_is_refused() {
        assertThat(Chart.renderBeside(List.of(object("HorizontalPodAutoscaler", "s2-budget")), with("keda")))
                .isNotEmpty();
    }

    @Test
    void nothing_is_looked_for_if_the_values_say_so() {
        var there = beside(object("HorizontalPodAutoscaler", "s2-budget"));

        assertThat(Chart.renderBeside(there, ValueSet.of("blind", "checkCluster: false")))
                .isNotEmpty();
    }

    @Test
    void what_was_at_zero_runs_again_when_keda_goes() {
        assertThat(Chart.ofKind(Chart.render(ValueSet.DEFAULTS), "ScaledObject"))
                .isNotEmpty()
                .allSatisfy(scaled -> assertThat(scaled.at("/spec/advanced/restoreToOriginalReplicaCount")
                                .asBoolean())
                        .isTrue());
    }

    private static ValueSet with(String scaler) {
        return ValueSet.of("with " + scaler, "autoscaling: {with: " + scaler + "}");
    }

    @Test
    void what_pods_would_wait_for_is_named() {
        assertThatThrownBy(() -> Chart.renderBeside(List.of(NAMESPACE), ValueSet.PRODUCTION))
                .hasMessageContainingAll(
                        "namespace s2",
                        "Secret s2-postgres (username, password)",
                        "Secret s2-jwt (private.pem, public.pem)",
                        "Secret s2-redis (url, username, password)",
                        "Secret s2-operator (token)",
                        "ConfigMap s2-ca (ca.crt)",
                        "sh helm/secrets | kubectl -n s2 apply -f -");
    }

    @Test
    void a_missing_key_is_named() {
        var there = beside();
        ((ObjectNode) there.getFirst().get("data")).remove("password");

        assertThatThrownBy(() -> Chart.renderBeside(there, ValueSet.DEFAULTS))
                .hasMessageContaining("the key password of s2-postgres")
                .hasMessageNotContaining("s2-jwt");
    }

    /** KEDA's login is of no use without KEDA, and what has no name is not read. */
    @Test
    void only_what_is_read_must_be_there() {
        var there = new ArrayList<>(beside());
        there.removeIf(object -> Chart.name(object).equals("s2-operator"));
        ((ObjectNode) there.get(2).get("data")).remove(List.of("username", "password"));

        assertThat(
                        Chart.renderBeside(
                                there,
                                ValueSet.of(
                                        "little",
                                        "{autoscaling: {with: hpa}, secrets: {redis: {username: username}, operator: {name: ''}}}")))
                .isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("all")
    void with_everything_there_nothing_is_refused(ValueSet values) {
        assertThat(Chart.renderBeside(beside(), values)).isNotEmpty();
    }

    static List<ValueSet> all() {
        return ValueSet.all();
    }

    /** The namespace with what {@code helm/secrets} writes, a certificate authority, a login of a broker, and these objects. */
    private static List<ObjectNode> beside(ObjectNode... objects) {
        List<ObjectNode> there = new ArrayList<>();
        there.add(with("Secret", "s2-postgres", "username", "password"));
        there.add(with("Secret", "s2-jwt", "private.pem", "public.pem"));
        there.add(with("Secret", "s2-redis", "url", "username", "password"));
        there.add(with("Secret", "s2-operator", "token"));
        there.add(with("ConfigMap", "s2-ca", "ca.crt"));
        there.add(with("Secret", "s2-ca", "ca.crt"));
        there.add(with("Secret", "s2-amqp", "url", "username", "password", "management-url"));
        there.add(NAMESPACE);
        there.addAll(List.of(objects));
        return there;
    }

    private static ObjectNode with(String kind, String name, String... keys) {
        ObjectNode object = object(kind, name);
        List.of(keys).forEach(key -> object.withObject("/data").put(key, "eA=="));
        return object;
    }

    private static ObjectNode object(String kind, String name) {
        return Yaml.read("{kind: %s, metadata: {name: %s}}".formatted(kind, name));
    }
}
