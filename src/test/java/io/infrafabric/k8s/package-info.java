/**
 * Checks of what runs the fabric elsewhere: the Helm chart, the kustomizations, the container files and the workflow. Nothing
 * here needs a cluster. The chart is rendered by Helm itself, inside this process, for each {@link
 * io.infrafabric.k8s.ValueSet}, and the objects are looked at in three ways: against strict schemas of Kubernetes, KEDA and the
 * Prometheus operator ({@code SchemaTest}; they are no part of this repository and the test is skipped where they are not
 * there), against fabric8's model, which needs nothing ({@code ModelTest}), and against each other and the application
 * ({@code ReferencesTest}, {@code ScalingTest}): whatever one object says about another must be true of it.
 *
 * <p>The kustomizations are made of what the chart renders, by {@code KustomizeTest}, and compared with it.
 */
package io.infrafabric.k8s;
