package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may call whom, and whom they believe. */
class NetworkTest {
    private static final String ADDRESSES = "networkPolicy: {egressTo: [{ipBlock: {cidr: 10.20.0.0/24}}]}";

    static List<ValueSet> values() {
        return ValueSet.all();
    }

    @Test
    void servers_are_called_at_the_addresses_that_the_values_name() {
        var policies = Chart.ofKind(Chart.render(ValueSet.of("addresses", ADDRESSES)), "NetworkPolicy");

        assertThat(policies).hasSameSizeAs(Chart.ofKind(Chart.render(ValueSet.DEFAULTS), "NetworkPolicy"));
        for (ObjectNode policy : policies) {
            assertThat(policy.at("/spec/egress/0").has("to")).as("names").isFalse();
            assertThat(policy.at("/spec/egress/1/ports").findValuesAsText("port"))
                    .containsExactly("5432", "6379");
            assertThat(policy.at("/spec/egress/1/to/0/ipBlock/cidr").asText()).isEqualTo("10.20.0.0/24");
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    void every_pod_has_a_policy(ValueSet values) {
        var objects = Chart.render(values);
        boolean wanted = Chart.values(values).at("/networkPolicy/enabled").asBoolean();
        var policies = Chart.ofKind(objects, "NetworkPolicy").stream()
                .map(NetworkTest::component)
                .toList();

        for (ObjectNode workload : objects) {
            if (workload.at("/spec/template").isObject()) {
                assertThat(policies.contains(component(workload)))
                        .as(component(workload))
                        .isEqualTo(wanted);
            }
        }
    }

    @Test
    void the_pair_for_trying_out_calls_nobody_and_is_called_by_the_release_and_keda() {
        var pair =
                Chart.ofKind(Chart.render(ValueSet.of("try out", "tryOut: {enabled: true}")), "NetworkPolicy").stream()
                        .filter(policy -> component(policy).startsWith("try-out"))
                        .toList();

        assertThat(pair).hasSize(2).allSatisfy(policy -> {
            assertThat(policy.at("/spec/policyTypes").toString()).isEqualTo("[\"Ingress\",\"Egress\"]");
            assertThat(policy.at("/spec").has("egress")).isFalse();
            JsonNode from = policy.at("/spec/ingress/0/from");
            assertThat(from.at("/0/podSelector/matchLabels/app.kubernetes.io~1instance")
                            .asText())
                    .isEqualTo(Chart.RELEASE);
            assertThat(from.size()).isEqualTo(component(policy).equals("try-out-redis") ? 2 : 1);
        });
    }

    @Test
    void keda_believes_the_authority_that_the_fabric_believes() {
        assertThat(login(ValueSet.PRODUCTION).at("/spec/configMapTargetRef").toString())
                .isEqualTo("[{\"parameter\":\"ca\",\"name\":\"s2-ca\",\"key\":\"ca.crt\"}]");
        var secret = login(ValueSet.of(
                "secret", "redis: {url: rediss://cache:6380, ca: {secret: s2-ca, configMap: '', key: root.pem}}"));
        assertThat(secret.at("/spec/secretTargetRef").toString())
                .contains(
                        "\"parameter\":\"password\"", "{\"parameter\":\"ca\",\"name\":\"s2-ca\",\"key\":\"root.pem\"}");
        assertThat(secret.get("spec").has("configMapTargetRef")).isFalse();
    }

    /** Without a login the authority is all that it needs, and the triggers must name it. */
    @Test
    void an_authority_is_given_to_keda_also_without_a_login() {
        var values = ValueSet.of(
                "no login", "{redis: {url: rediss://cache:6380, ca: {secret: s2-ca}}, secrets: {redis: {name: ''}}}");

        assertThat(login(values).at("/spec/secretTargetRef").findValuesAsText("parameter"))
                .containsExactly("ca");
        assertThat(Chart.ofKind(Chart.render(values), "ScaledObject"))
                .filteredOn(scaled -> scaled.toString().contains("redis-streams"))
                .isNotEmpty()
                .allSatisfy(scaled -> assertThat(scaled.toString()).contains("s2-channel"));
    }

    @Test
    void without_encryption_keda_needs_no_authority() {
        assertThat(login(ValueSet.DEFAULTS).toString()).doesNotContain("\"ca\"");
    }

    private static ObjectNode login(ValueSet values) {
        return Chart.ofKind(Chart.render(values), "TriggerAuthentication").getFirst();
    }

    private static String component(JsonNode object) {
        return object.at("/metadata/labels/app.kubernetes.io~1component").asText();
    }
}
