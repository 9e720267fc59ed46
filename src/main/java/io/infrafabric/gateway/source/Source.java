package io.infrafabric.gateway.source;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A system that sends deliveries, and the rules for them.
 *
 * @param secrets references ({@code env:}, {@code file:}) or the secrets themselves; all of them count
 * @param tolerance how old a timestamp may be; {@code null} for the usual
 * @param rules JSON as it was given; {@code null} for the preset of the kind
 * @param apiToken a reference; {@code null} for none
 */
public record Source(
        String name,
        SourceKind kind,
        String swarm,
        List<String> secrets,
        List<String> publicKeys,
        Duration tolerance,
        String rules,
        String apiToken,
        long version,
        String changedBy,
        Instant changedAt) {

    /** Without its secrets. */
    @Override
    public String toString() {
        return "Source[" + name + ", " + kind + ", version " + version + "]";
    }
}
