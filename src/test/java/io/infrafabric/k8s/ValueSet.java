package io.infrafabric.k8s;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;

/**
 * Values that the chart is rendered with. The sets together turn every switch of the chart at least once.
 *
 * @param name what is shown of it
 * @param overrides what differs from {@code values.yaml}
 */
record ValueSet(String name, ObjectNode overrides) {
    private static final Path EXAMPLES = Chart.DIRECTORY.resolve("examples");

    static final ValueSet DEFAULTS = of("defaults", "");
    static final ValueSet TRY_OUT = new ValueSet("try-out", Yaml.read(EXAMPLES.resolve("try-out.yaml")));
    static final ValueSet PRODUCTION = new ValueSet("production", Yaml.read(EXAMPLES.resolve("production.yaml")));

    static List<ValueSet> all() {
        return List.of(
                DEFAULTS,
                TRY_OUT,
                PRODUCTION,
                of("hpa", "autoscaling: {with: hpa}"),
                of("fixed replicas", "autoscaling: {with: none}"),
                of("RabbitMQ", "{channel: amqp, amqp: {ca: {configMap: s2-ca}}}"),
                of("Artemis", """
                        channel: amqp
                        amqp: {broker: artemis, port: 5673, managementEndpoint: 'artemis:8161'}"""),
                of("one port on the JVM", """
                        management: {enabled: false}
                        image: {flavor: jvm, tag: 1.2.3, pullSecrets: [registry]}
                        defaults: {memory: 512Mi}
                        serviceMonitor: {enabled: true, labels: {release: prometheus}, token: {name: s2-viewer, key: token}}"""),
                of("without logins", """
                        redis: {url: redis://cache.internal}
                        secrets: {redis: {name: ""}, operator: {name: ""}}
                        tryOut: {enabled: true}"""),
                of("bare", """
                        podDisruptionBudget: {enabled: false}
                        networkPolicy: {enabled: false}
                        migration: {enabled: false}
                        autoscaling: {with: none}
                        functions: {escalation: {enabled: false}}"""),
                of("placed", """
                        nodeSelector: {kubernetes.io/arch: arm64}
                        tolerations: [{key: edge, operator: Exists}]
                        affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution:
                          {nodeSelectorTerms: [{matchExpressions: [{key: edge, operator: Exists}]}]}}}
                        env: {S2_BUS_RETENTION_DAYS: 3}
                        ingress: {enabled: true, annotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: 75}}
                        functions: {coordinator: {env: {S2_COORDINATOR_LEASE: 60s}}}"""),
                of("private authorities", """
                        postgres: {ca: {secret: s2-ca}}
                        redis: {url: rediss://cache.internal:6380/1, ca: {secret: s2-ca}}
                        secrets: {redis: {name: ""}}
                        networkPolicy: {egressTo: [{ipBlock: {cidr: 10.20.0.0/24}}]}
                        extraVolumes: [{name: extra, configMap: {name: s2-extra}}]
                        extraVolumeMounts: [{name: extra, mountPath: /etc/extra, readOnly: true}]"""));
    }

    static ValueSet of(String name, String yaml) {
        return new ValueSet(name, Yaml.read(yaml));
    }

    @Override
    public String toString() {
        return name;
    }
}
