package io.infrafabric.k8s;

import com.fasterxml.jackson.databind.JsonNode;

/** What the chart has KEDA look at. */
public final class Triggers {
    private Triggers() {}

    /**
     * The series that wakes a function while the channel refuses writes, as the chart names it.
     *
     * @throws java.util.NoSuchElementException if nothing wakes the function then
     */
    public static String undelivered(String function) {
        return Chart.ofKind(Chart.render(ValueSet.DEFAULTS), "ScaledObject").stream()
                .filter(scaled -> Chart.name(scaled).equals(Chart.RELEASE + "-" + function))
                .flatMap(scaled -> scaled.at("/spec/triggers").valueStream())
                .filter(trigger -> trigger.get("type").asText().equals("metrics-api"))
                .map((JsonNode trigger) -> trigger.at("/metadata/valueLocation").asText())
                .findFirst()
                .orElseThrow();
    }
}
