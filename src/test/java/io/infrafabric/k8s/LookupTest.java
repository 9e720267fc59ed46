package io.infrafabric.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.marcnuri.helm.DryRun;
import com.marcnuri.helm.Helm;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Helm's own lookup, by a dry run against a server that has nothing but what Helm asks it before and while it renders. It has no
 * Deployments, so what is not refused ends there.
 */
class LookupTest {
    private static final String RENDERED = "no matches for kind";
    private static final String OBJECT =
            "{\"apiVersion\": \"%s\", \"kind\": \"%s\", \"metadata\": {\"name\": \"%s\"}%s}";

    @TempDir
    private Path directory;

    private final Map<String, String> answers = new TreeMap<>();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        answers.put("/version", "{\"major\": \"1\", \"minor\": \"36\", \"gitVersion\": \"v1.36.0\"}");
        answers.put("/api", "{\"kind\": \"APIVersions\", \"versions\": [\"v1\"]}");
        kinds("/api/v1", "v1", "namespaces Namespace false", "secrets Secret true", "configmaps ConfigMap true");
        kinds("/apis/autoscaling/v2", "autoscaling/v2", "horizontalpodautoscalers HorizontalPodAutoscaler true");
        groups("autoscaling/v2");
        answers.put("/api/v1/namespaces/s2", OBJECT.formatted("v1", "Namespace", "s2", ""));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String answer = answers.get(exchange.getRequestURI().getPath());
            byte[] body = (answer == null
                            ? "{\"kind\": \"Status\", \"apiVersion\": \"v1\", \"status\": \"Failure\", \"reason\": \"NotFound\", \"code\": 404}"
                            : answer)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(answer == null ? 404 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void missing_secrets_are_named() {
        assertThat(refusal("{}")).contains("Secret s2-postgres (username, password)", "Secret s2-jwt");
    }

    @Test
    void another_scaler_is_named() {
        secrets();
        answers.put(
                "/apis/autoscaling/v2/namespaces/s2/horizontalpodautoscalers/s2-budget",
                OBJECT.formatted("autoscaling/v2", "HorizontalPodAutoscaler", "s2-budget", ""));

        assertThat(refusal("{}")).contains("HorizontalPodAutoscaler of each of s2-budget", "autoscaling.with=none");
    }

    @Test
    void kedas_objects_are_found_where_keda_is() {
        secrets();
        groups("autoscaling/v2", "keda.sh/v1alpha1");
        kinds("/apis/keda.sh/v1alpha1", "keda.sh/v1alpha1", "scaledobjects ScaledObject true");
        answers.put(
                "/apis/keda.sh/v1alpha1/namespaces/s2/scaledobjects/s2-rescue",
                OBJECT.formatted("keda.sh/v1alpha1", "ScaledObject", "s2-rescue", ""));

        assertThat(refusal("autoscaling: {with: hpa}")).contains("ScaledObject of each of s2-rescue");
    }

    /** Helm's lookup ends with an error for a kind that is not there. */
    @Test
    void a_cluster_without_keda_needs_none() {
        secrets();

        assertThat(refusal("autoscaling: {with: hpa}")).contains(RENDERED);
    }

    @Test
    void where_there_is_no_namespace_yet_nothing_is_refused() {
        answers.remove("/api/v1/namespaces/s2");

        assertThat(refusal("{}")).contains(RENDERED);
    }

    private void secrets() {
        Map.of(
                        "s2-postgres", "{\"username\": \"eA==\", \"password\": \"eA==\"}",
                        "s2-jwt", "{\"private.pem\": \"eA==\", \"public.pem\": \"eA==\"}",
                        "s2-redis", "{\"url\": \"eA==\", \"password\": \"eA==\"}",
                        "s2-operator", "{\"token\": \"eA==\"}")
                .forEach((name, data) -> answers.put(
                        "/api/v1/namespaces/s2/secrets/" + name,
                        OBJECT.formatted("v1", "Secret", name, ", \"data\": " + data)));
    }

    private void groups(String... versions) {
        StringBuilder groups = new StringBuilder();
        for (String version : versions) {
            String[] parts = version.split("/", -1);
            String one = "{\"groupVersion\": \"%s\", \"version\": \"%s\"}".formatted(version, parts[1]);
            groups.append(groups.isEmpty() ? "" : ", ")
                    .append("{\"name\": \"%s\", \"versions\": [%s], \"preferredVersion\": %s}"
                            .formatted(parts[0], one, one));
        }
        answers.put("/apis", "{\"kind\": \"APIGroupList\", \"apiVersion\": \"v1\", \"groups\": [" + groups + "]}");
    }

    private void kinds(String path, String version, String... kinds) {
        StringBuilder resources = new StringBuilder();
        for (String kind : kinds) {
            String[] parts = kind.split(" ", -1);
            resources
                    .append(resources.isEmpty() ? "" : ", ")
                    .append("{\"name\": \"%s\", \"kind\": \"%s\", \"namespaced\": %s, \"verbs\": [\"get\"]}"
                            .formatted(parts[0], parts[1], parts[2]));
        }
        answers.put(
                path,
                "{\"kind\": \"APIResourceList\", \"apiVersion\": \"v1\", \"groupVersion\": \"%s\", \"resources\": [%s]}"
                        .formatted(version, resources));
    }

    private String refusal(String values) {
        return catchThrowable(() -> new Helm(Chart.DIRECTORY)
                        .install()
                        .withName(Chart.RELEASE)
                        .withNamespace(Chart.RELEASE)
                        .withKubeConfigContents(
                                """
                                {"apiVersion": "v1", "kind": "Config", "current-context": "c",
                                 "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:%d"}}],
                                 "users": [{"name": "c", "user": {}}],
                                 "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}]}""".formatted(server.getAddress().getPort()))
                        .withDryRunOption(DryRun.SERVER)
                        .disableOpenApiValidation()
                        .withValuesFile(Files.writeString(directory.resolve("values.yaml"), values))
                        .call())
                .getMessage();
    }
}
