package io.infrafabric.bulkhead.provider;

import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.input.SecretPlaces;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The keys of providers, by reference: a variable of the environment, or a file under one of the configured directories ({@link
 * SecretPlaces} has the rules). They are never written anywhere.
 */
@ApplicationScoped
public class ProviderKeys {
    /** What a reference looks like, in words. */
    private static final String EXPECTED =
            "env:NAME with a name that begins with S2_KEY_, or file:PATH with a path under one of s2.bulkhead.key-directories";

    private static final Duration AGE = Duration.ofSeconds(1);

    private final SecretPlaces places;
    private final Map<String, Found> found = new ConcurrentHashMap<>();

    /** What a reference led to. */
    private record Found(Optional<String> key, long at) {
        @Override
        public String toString() {
            return "Found[" + key.isPresent() + "]";
        }
    }

    @Inject
    ProviderKeys(BulkheadConfig config) {
        this(
                SecretPlaces.directories(config.keyDirectories()),
                config.ownDirectory().filter(directory -> !directory.isBlank()).map(Path::of));
    }

    /** An embedded run has a directory of keys of its own. */
    ProviderKeys(List<Path> directories, Optional<Path> own) {
        this.places = new SecretPlaces(
                Stream.concat(directories.stream(), own.stream().map(directory -> directory.resolve("keys")))
                        .toList(),
                own);
    }

    /** Gives a usable reference back; empty for one that is to be taken away, {@code null} for none. */
    public String check(String field, String reference) {
        if (reference != null && !reference.isEmpty() && !places.isUsable(reference)) {
            throw Problem.badInput(field, EXPECTED);
        }
        return reference;
    }

    /** The key; empty if it is not there. May read a file. */
    public Optional<String> find(String reference) {
        return places.find(reference);
    }

    /**
     * The key as it was found less than a second ago, or is found now; empty if it is not there. Does not block.
     */
    public Uni<Optional<String>> current(String reference) {
        if (!SecretPlaces.isFile(reference)) {
            return Uni.createFrom().item(find(reference));
        }
        Found last = found.get(reference);
        if (last != null && System.nanoTime() - last.at() < AGE.toNanos()) {
            return Uni.createFrom().item(last.key());
        }
        return Uni.createFrom()
                .item(() -> find(reference))
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
                .invoke(key -> {
                    if (key.isPresent()) {
                        found.put(reference, new Found(key, System.nanoTime()));
                    } else {
                        found.remove(reference);
                    }
                });
    }
}
