package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChartTest {
    static List<ValueSet> values() {
        return ValueSet.all();
    }

    @ParameterizedTest
    @MethodSource("values")
    void helm_finds_nothing_to_say(ValueSet values, @TempDir Path copy) throws IOException {
        var lint = Chart.lint(values, copy);

        assertThat(lint.isFailed()).as("%s", lint.getMessages()).isFalse();
        assertThat(lint.getMessages())
                .noneMatch(message -> message.contains("[ERROR]") || message.contains("[WARNING]"));
    }

    @ParameterizedTest
    @MethodSource("values")
    void every_function_has_one_of_each(ValueSet values) {
        var objects = Chart.render(values);

        for (String kind : List.of("Deployment", "Service")) {
            assertThat(Chart.ofKind(objects, kind))
                    .filteredOn(object -> !Chart.name(object).contains("try-out"))
                    .extracting(Chart::name)
                    .as(kind)
                    .containsExactlyInAnyOrderElementsOf(named(Chart.functions(values)));
        }
        assertThat(objects)
                .extracting(object -> Chart.kind(object) + "/" + Chart.name(object))
                .doesNotHaveDuplicates();
    }

    @Test
    void production_has_all_kinds_for_every_function() {
        var objects = Chart.render(ValueSet.PRODUCTION);

        for (String kind : List.of(
                "Deployment", "Service", "ScaledObject", "ServiceMonitor", "PodDisruptionBudget", "NetworkPolicy")) {
            assertThat(Chart.ofKind(objects, kind))
                    .extracting(Chart::name)
                    .as(kind)
                    .containsAll(named(Chart.expected()));
        }
    }

    @Test
    void its_functions_are_those_of_the_application_and_the_gateway() {
        assertThat(Chart.functions(ValueSet.DEFAULTS)).containsExactlyInAnyOrderElementsOf(Chart.expected());
    }

    @Test
    void a_new_function_is_one_line() {
        var with = ValueSet.of("one more", "functions: {rescued: {}}");

        assertThat(Chart.render(with))
                .filteredOn(object -> Chart.name(object).equals("s2-rescued"))
                .extracting(Chart::kind)
                .containsExactlyInAnyOrder(
                        "Deployment", "Service", "ScaledObject", "PodDisruptionBudget", "NetworkPolicy");
    }

    @Test
    void the_schema_is_there_before_functions_are_upgraded() {
        var migration = Chart.ofKind(Chart.render(ValueSet.DEFAULTS), "Job").getFirst();

        assertThat(migration.at("/metadata/annotations").path(Chart.HOOK).asText())
                .isEqualTo("pre-install,pre-upgrade");
        assertThat(migration.at("/spec/template/spec/containers/0/args"))
                .extracting(JsonNode::asText)
                .filteredOn(argument -> !argument.startsWith("-X"))
                .containsExactly("migrate");
        assertThat(migration.at("/spec/template/spec/containers/0/image").asText())
                .contains("/s2-fabric:");
    }

    @ParameterizedTest
    @MethodSource("values")
    void the_migration_knows_how_many_connections_all_replicas_open(ValueSet values) {
        var objects = Chart.render(values);
        boolean fixed = Chart.values(values).at("/autoscaling/with").asText().equals("none");
        int most = Chart.functions(values).stream()
                .map(name -> Chart.function(values, name))
                .mapToInt(function -> function.get("connections").asInt()
                        * (function.get(fixed ? "min" : "max").asInt() + 1))
                .sum();

        for (ObjectNode job : Chart.ofKind(objects, "Job")) {
            var env = job.at("/spec/template/spec/containers/0/env");
            int own = Integer.parseInt(Chart.variable(env, "QUARKUS_DATASOURCE_REACTIVE_MAX_SIZE"));
            assertThat(Chart.variable(env, "S2_MIGRATE_CONNECTIONS")).isEqualTo(Integer.toString(most + own));
        }
        assertThat(Chart.notes(values)).contains(most + " connections");
        if (Chart.values(values).at("/tryOut/enabled").asBoolean()) {
            assertThat(objects.toString()).contains("max_connections=1000");
            assertThat(most).as("its own PostgreSQL passes the check").isLessThan(900);
        }
    }

    @Test
    void nobody_has_to_look_at_connections() {
        var unlooked = ValueSet.of("unlooked", "migration: {checkConnections: false}");

        assertThat(Chart.ofKind(Chart.render(unlooked), "Job").toString()).doesNotContain("S2_MIGRATE_CONNECTIONS");
        assertThat(Chart.notes(unlooked)).contains("Nobody has looked");
        assertThat(Chart.notes(ValueSet.DEFAULTS)).contains("The migration has looked");
    }

    @Test
    void the_notes_name_one_address_for_everything_if_there_is_one() {
        assertThat(Chart.notes(ValueSet.TRY_OUT))
                .contains("One address serves everything", "port-forward svc/s2-gateway 8080:80", "OPERATOR")
                .doesNotContain("port-forward svc/s2-coordinator");
        assertThat(Chart.notes(ValueSet.DEFAULTS))
                .contains(
                        "s2-gateway serves everything, but makes no tokens (IF_ERR_ISSUES_NO_TOKENS)",
                        "port-forward svc/s2-gateway 8080:80",
                        "port-forward svc/s2-coordinator 8081:80");
        assertThat(Chart.notes(ValueSet.PRODUCTION)).doesNotContain("port-forward");
    }

    /** A compromised gateway would make tokens for everybody; only who tries out takes that for the one address. */
    @Test
    void only_the_coordinator_makes_tokens_except_to_try_out() {
        assertThat(TokenIssuers.of(ValueSet.DEFAULTS)).containsExactly("coordinator");
        assertThat(TokenIssuers.of(ValueSet.PRODUCTION)).containsExactly("coordinator");
        assertThat(TokenIssuers.toTryOut()).containsExactlyInAnyOrder("coordinator", "gateway");
    }

    @Test
    void less_grace_than_an_end_takes_is_refused() {
        var hasty = ValueSet.of("hasty", "shutdown: {farewellSeconds: 30}");

        assertThatThrownBy(() -> Chart.render(hasty))
                .hasMessageContainingAll("graceSeconds is 60", "5 + 30 + 2 * 10 + 6");
        assertThat(Chart.render(ValueSet.of("patient", "shutdown: {farewellSeconds: 30, graceSeconds: 62}")))
                .isNotEmpty();
    }

    /** A process that serves nobody need not know it. */
    @Test
    void the_operators_token_is_only_in_pods_that_serve_doors() {
        assertThat(Chart.render(ValueSet.DEFAULTS))
                .filteredOn(object -> object.toString().contains("S2_OPERATOR_TOKEN"))
                .extracting(Chart::name)
                .containsExactlyInAnyOrder("s2-coordinator", "s2-budget", "s2-bulkhead", "s2-gateway");
    }

    @Test
    void with_a_database_of_the_release_the_migration_is_part_of_it() {
        var migration = Chart.ofKind(Chart.render(ValueSet.TRY_OUT), "Job").getFirst();

        assertThat(migration.at("/metadata").has("annotations")).isFalse();
    }

    @ParameterizedTest
    @MethodSource("values")
    void the_notes_name_every_secret_that_must_be_there(ValueSet values) {
        String notes = Chart.notes(values);

        for (var secret : Chart.values(values).get("secrets").properties()) {
            boolean used = switch (secret.getKey()) {
                case "redis", "amqp" ->
                    Chart.values(values).get("channel").asText().equals(secret.getKey());
                default -> true;
            };
            String name = secret.getValue().get("name").asText();
            if (used && !name.isEmpty()) {
                assertThat(notes).contains(" " + name);
            }
        }
        assertThat(notes).doesNotContain("<no value>");
    }

    @Test
    void the_notes_say_whom_keda_logs_in_as() {
        assertThat(Chart.notes(ValueSet.PRODUCTION))
                .contains("s2-redis (url, username, password)", "the user in s2-redis (username)", "+ping +xlen");
        assertThat(Chart.notes(ValueSet.DEFAULTS)).contains("s2-redis (url, password)", "its user \"default\"");
        assertThat(Chart.notes(ValueSet.TRY_OUT)).doesNotContain("KEDA logs in");
    }

    @Test
    void the_notes_name_what_does_not_outlive_a_drain() {
        assertThat(Chart.notes(ValueSet.DEFAULTS))
                .contains("budget, bulkhead, coordinator, gateway may have one replica only", "min: 2");
        assertThat(Chart.notes(ValueSet.PRODUCTION)).doesNotContain("one replica only");
    }

    @Test
    void the_notes_warn_of_what_loses_data() {
        assertThat(Chart.notes(ValueSet.TRY_OUT)).contains("WARNING", "all data is lost");
        assertThat(Chart.notes(ValueSet.PRODUCTION)).doesNotContain("WARNING").contains("https://s2.example.org/");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "replicas: 3",
                "functions: {budget: {memroy: 1Gi}}",
                "functions: {Budget: {}}",
                "functions: {rescued: {ownDoor: true}}",
                "autoscaling: {with: both}",
                "channel: kafka",
                "{channel: amqp, amqp: {broker: kafka}}",
                "postgres: {url: 'postgresql://s2:secret@host/s2'}",
                "redis: {url: 'redis://:secret@host:6379'}",
                "secrets: {postgres: {name: ''}}",
                "autoscaling: {cooldownSeconds: 10}"
            })
    void values_that_make_no_sense_are_refused(String values) {
        var wrong = ValueSet.of("wrong", values);

        assertThatThrownBy(() -> Chart.render(wrong)).hasMessageContaining("values don't meet the specifications");
    }

    @Test
    void fewer_replicas_at_most_than_at_least_are_refused() {
        var wrong = ValueSet.of("wrong", "functions: {budget: {min: 9, max: 3}}");

        assertThatThrownBy(() -> Chart.render(wrong))
                .hasMessageContainingAll("functions.budget", "min is 9", "max is 3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.1.0+3f2a1c9d",
                "0.1.0+sha.3f2a1c9d8b7e6f5a4c3d2e1f0a9b8c7d6e5f4a3b.and.a.branch.with.a.long.name-",
                "0.1.0-pr.1234.a-very-long-name-of-a-branch-that-nobody-wanted+build.2026.11.28"
            })
    void versions_as_flux_writes_them_are_labels_and_tags(String version, @TempDir Path copy) throws IOException {
        for (ObjectNode object : Chart.renderAs(version, copy)) {
            assertThat(object.at("/metadata/labels").valueStream())
                    .as(Chart.name(object))
                    .allSatisfy(label -> assertThat(label.asText())
                            .matches("(?=.{0,63}$)([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?"));
            for (String image : object.findValuesAsText("image")) {
                assertThat(image).matches("[a-z0-9./-]+:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?");
            }
        }
    }

    @Test
    void a_rotated_secret_reaches_running_pods() {
        var before = Chart.ofKind(Chart.render(ValueSet.DEFAULTS), "Deployment");
        var after = Chart.ofKind(Chart.render(ValueSet.of("rotated", "rotation: 2026-11-28")), "Deployment");

        for (int i = 0; i < before.size(); i++) {
            assertThat(after.get(i).at("/spec/template"))
                    .as(Chart.name(after.get(i)))
                    .isNotEqualTo(before.get(i).at("/spec/template"));
        }
    }

    @Test
    void passwords_are_files() {
        for (ObjectNode workload : Chart.ofKind(Chart.render(ValueSet.PRODUCTION), "Deployment")) {
            assertThat(workload.at("/spec/template/spec/containers/0/env").findValuesAsText("name"))
                    .contains("S2_POSTGRES_PASSWORD_FILE", "S2_REDIS_URL_FILE")
                    .doesNotContain("S2_POSTGRES_PASSWORD", "S2_REDIS_URL");
        }
    }

    private static List<String> named(List<String> functions) {
        return functions.stream().map(name -> Chart.RELEASE + "-" + name).toList();
    }
}
