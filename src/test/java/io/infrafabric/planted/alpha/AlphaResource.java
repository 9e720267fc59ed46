package io.infrafabric.planted.alpha;

import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.scheduler.Scheduled;

/** Names the condition of another function, and so its chore is in that one's builds. */
@IfBuildProperty(name = "s2.build.beta.door", stringValue = "true")
final class AlphaResource {
    private AlphaResource() {}

    @Scheduled(every = "1h")
    static void chore() {}
}
