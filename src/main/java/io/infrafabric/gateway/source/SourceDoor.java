package io.infrafabric.gateway.source;

import io.infrafabric.bus.GroupCommit;
import io.infrafabric.coordinator.published.SourceTasks;
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
import java.util.Set;

/** What the door asks about a source: whether there is one, and what verifies its deliveries. */
@ApplicationScoped
class SourceDoor {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Pool pool;
    private final SourceTasks tasks;
    private final SourceSecrets secrets;
    private final SourceConfig config;

    /** Calls that come at the same time look together. Each looks after it came, so a new secret counts at once. */
    private final GroupCommit<String, Optional<Known>> lookups;

    SourceDoor(Pool pool, SourceTasks tasks, SourceSecrets secrets, SourceConfig config) {
        this.pool = pool;
        this.tasks = tasks;
        this.secrets = secrets;
        this.config = config;
        this.lookups = new GroupCommit<>(
                "find sources",
                new GroupCommit.Bounds(config.sourceBatch(), config.sourceQueue(), config.sourceParallel()),
                _ -> null,
                this::find);
    }

    /** A source, and the database's time. */
    record Known(Source source, Instant now) {}

    /** The source of this name as it is now; a {@link Problem} if there is none. */
    Uni<Known> known(String name) {
        return lookups.submit(name).map(found -> found.orElseThrow(() -> unknown(name)));
    }

    private Uni<List<Optional<Known>>> find(List<String> names) {
        return SourceTable.findAll(pool, Set.copyOf(names))
                .map(found -> names.stream()
                        .map(name -> Optional.ofNullable(found.sources().get(name))
                                .map(source -> new Known(source, found.now())))
                        .toList());
    }

    static Problem unknown(String name) {
        return Problem.of(Code.IF_ERR_UNKNOWN_SOURCE, "There is no source " + name + ".")
                .with("source", name);
    }

    /** Refuses a swarm that is not there: each delivery would be dead, and GitHub sends none again. */
    Uni<Void> mustHaveSwarm(Source before, Source wanted) {
        if (before != null && before.swarm().equals(wanted.swarm())) {
            return Uni.createFrom().voidItem();
        }
        return tasks.hasSwarm(pool, wanted.swarm())
                .invoke(there -> {
                    if (!there) {
                        throw Problem.of(Code.IF_ERR_UNKNOWN_SWARM, "There is no swarm " + wanted.swarm() + ".")
                                .with("swarm", wanted.swarm());
                    }
                })
                .replaceWithVoid();
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
