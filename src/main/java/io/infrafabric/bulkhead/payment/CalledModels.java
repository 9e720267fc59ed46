package io.infrafabric.bulkhead.payment;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;

/** Which models sessions call through here, for those who hear of the same calls from elsewhere. */
@ApplicationScoped
public class CalledModels {
    private final Pool pool;
    private final PaymentConfig config;

    CalledModels(Pool pool, PaymentConfig config) {
        this.pool = pool;
        this.config = config;
    }

    /**
     * The models that a session has called within {@link PaymentConfig#calledWithin()}, as providers or the session name
     * them.
     */
    public Uni<Set<String>> of(String session) {
        return CallTable.models(pool, session, config.calledWithin());
    }
}
