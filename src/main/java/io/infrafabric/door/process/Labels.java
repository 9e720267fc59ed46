package io.infrafabric.door.process;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Keeps words that callers make up out of the labels of metrics, because metrics never forget labels. Quarkus takes
 * care of paths.
 */
class Labels {
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final String METHOD = "method";

    /** Counts all methods that the API does not use as one. */
    @Produces
    @Singleton
    MeterFilter methods() {
        return new MeterFilter() {
            @Override
            public Meter.Id map(Meter.Id id) {
                String method = id.getName().startsWith("http.server") ? id.getTag(METHOD) : null;
                return method == null || METHODS.contains(method) ? id : withoutMethod(id);
            }
        };
    }

    private static Meter.Id withoutMethod(Meter.Id id) {
        List<Tag> tags = new ArrayList<>(id.getTags());
        tags.replaceAll(tag -> tag.getKey().equals(METHOD) ? Tag.of(METHOD, "UNKNOWN") : tag);
        return id.replaceTags(tags);
    }
}
