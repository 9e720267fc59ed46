package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;

/** What becomes of providers, and of calls to them. Only bulkhead writes these. */
@RegisterForReflection
public sealed interface BulkheadEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(v1("bulkhead", "provider-changed", ProviderChanged.class));

    /**
     * A provider was added, changed or deleted (a state). It says nothing of its key.
     *
     * @param deleted whether it is gone
     * @param by who did it
     */
    record ProviderChanged(
            String provider, String baseUrl, String dialect, int maxConcurrent, boolean deleted, String by, Instant at, long version)
            implements BulkheadEvent, Versioned {
        @Override
        public String subject() {
            return "provider:" + provider;
        }

        @Override
        public String swarm() {
            return null;
        }
    }
}
