package io.infrafabric.gateway.source;

import io.infrafabric.bus.Rows;
import io.infrafabric.gateway.source.SourceSignature.Window;
import io.infrafabric.input.SecretPlaces;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the door asks about a source: whether there is one, and what verifies its deliveries. */
@ApplicationScoped
class SourceDoor {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Pool pool;
    private final SourceSecrets secrets;
    private final SourceConfig config;

    SourceDoor(Pool pool, SourceSecrets secrets, SourceConfig config) {
        this.pool = pool;
        this.secrets = secrets;
        this.config = config;
    }

    /** A source, and the database's time. */
    record Known(Source source, Instant now) {}

    /** The source of this name; a {@link Problem} if there is none. */
    Uni<Known> known(String name) {
        return Rows.together(SourceTable.find(pool, name), now()).with((found, now) -> {
            if (found == null) {
                throw unknown(name);
            }
            return new Known(found, now);
        });
    }

    private Uni<Instant> now() {
        return pool.query("SELECT now() AS now")
                .execute()
                .map(rows -> Rows.instant(rows.iterator().next(), "now"));
    }

    static Problem unknown(String name) {
        return Problem.of(Code.IF_ERR_UNKNOWN_SOURCE, "There is no source " + name + ".")
                .with("source", name);
    }

    Window window(Source source) {
        return new Window(
                source.tolerance() == null ? config.sourceTolerance() : source.tolerance(), config.sourceAhead());
    }

    /** The keys of the source: those that are where they are said to be. A {@link Problem} if there are none. */
    Uni<SourceKeys> keys(Source source) {
        return source.secrets().stream().anyMatch(SecretPlaces::isFile)
                ? Uni.createFrom().item(() -> read(source)).runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
                : Uni.createFrom().item(read(source));
    }

    private SourceKeys read(Source source) {
        List<String> there = source.secrets().stream()
                .map(secrets::find)
                .flatMap(Optional::stream)
                .toList();
        if (there.isEmpty() && source.publicKeys().isEmpty()) {
            throw Problem.of(
                            Code.IF_ERR_SOURCE_SECRET_MISSING,
                            "No secret of source " + source.name() + " is where its reference says.")
                    .with("source", source.name())
                    .after(SOON);
        }
        return new SourceKeys(source.kind(), there, source.publicKeys());
    }
}
