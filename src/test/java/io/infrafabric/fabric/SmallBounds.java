package io.infrafabric.fabric;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.Map;

/**
 * Bounds of several functions, so small that a test reaches them. One profile for all of them, since Quarkus makes an application of
 * its own for each profile before the first test runs.
 */
public final class SmallBounds implements QuarkusTestProfile {
    /** What {@code s2.consensus.max-words} is, in characters. */
    public static final int WORDS = 4800;

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.ofEntries(
                Map.entry("s2.coordinator.bulk-batch", "3"),
                Map.entry("s2.coordinator.max-bulk", "20"),
                Map.entry("s2.coordinator.max-cascade", "20"),
                Map.entry("s2.coordinator.max-bulk-refusals", "4"),
                Map.entry("s2.relation.settle-claims", "3"),
                Map.entry("s2.relation.derive-depth", "2"),
                Map.entry("s2.relation.max-depth", "3"),
                Map.entry("s2.relation.max-claims", "5"),
                Map.entry("s2.relation.max-relations", "6"),
                Map.entry("s2.consensus.evidence-batch", "2"),
                Map.entry("s2.consensus.max-words", Integer.toString(WORDS)),
                Map.entry("s2.deadlock.victim", "least-money"));
    }
}
