package io.infrafabric.bulkhead.provider;

import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.bus.Bells;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The providers that this process knows: each for {@link BulkheadConfig#providerAge()}, or until its bell rings. If the
 * database does not answer, a provider that was known stays known.
 */
@ApplicationScoped
public class Providers {
    /** What the bell of a changed provider begins with. */
    static final String BELL = "provider";

    private record Known(Provider provider, long until) {}

    private final Pool pool;
    private final BulkheadConfig config;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    Providers(Pool pool, BulkheadConfig config) {
        this.pool = pool;
        this.config = config;
    }

    void listen(@Observes StartupEvent started, Bells bells) {
        bells.listen(BELL, this::lookAgain);
    }

    /** The provider; fails with {@link Code#IF_ERR_PROVIDER_NOT_ISOLATED} if there is none. */
    public Uni<Provider> find(String name) {
        Known last = known.get(name);
        if (last != null && last.until() - System.nanoTime() > 0) {
            return Uni.createFrom().item(last.provider());
        }
        return ProviderTable.find(pool, name)
                .onItem()
                .ifNull()
                .switchTo(() -> unknown(name))
                .invoke(this::remember)
                .onFailure(failure -> last != null && !(failure instanceof Problem))
                .recoverWithItem(() -> last.provider());
    }

    private void remember(Provider provider) {
        known.put(
                provider.name(),
                new Known(provider, System.nanoTime() + config.providerAge().toNanos()));
    }

    /** The refusal for a name that no provider has, with those that there are. */
    public Uni<Provider> unknown(String name) {
        known.remove(name);
        return ProviderTable.names(pool, config.maxProviders()).map(names -> {
            throw problem(name, names);
        });
    }

    private static Problem problem(String name, List<String> names) {
        return Problem.of(
                        Code.IF_ERR_PROVIDER_NOT_ISOLATED,
                        "There is no provider " + name + ". There are: "
                                + (names.isEmpty() ? "none" : String.join(", ", names)) + ".")
                .with("provider", name)
                .with("providers", names);
    }

    private void lookAgain(String name) {
        known.computeIfPresent(name, (_, last) -> new Known(last.provider(), System.nanoTime()));
    }
}
