package io.infrafabric.door.identity;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.command.AuditTrail;
import io.infrafabric.command.Deed;
import io.infrafabric.door.answer.Respond;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerResponseContext;
import java.util.List;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/**
 * Writes an operator's deed into the audit log if no transaction has written it yet: after the effect and before the
 * answer, which fails if the row cannot be written. So no call is answered as done unless the log has it.
 */
@Singleton
public class AuditFilter {
    private final AuditTrail trail;
    private final Pool pool;
    private final ObjectMapper mapper;

    @Inject
    AuditFilter(AuditTrail trail, Pool pool, ObjectMapper mapper) {
        this.trail = trail;
        this.pool = pool;
        this.mapper = mapper;
    }

    @ServerResponseFilter
    public Uni<Void> afterwards(ContainerResponseContext response, RoutingContext context) {
        Deed deed = context.get(Identity.DEED);
        boolean done = response.getStatus() / 100 == 2 && !response.getHeaders().containsKey(Respond.REPLAYED);
        if (deed == null || !done || deed.isWritten()) {
            return Uni.createFrom().voidItem();
        }
        Object answer = response.getEntity();
        String answered = answer instanceof String text
                ? text
                : answer == null ? null : mapper.valueToTree(answer).toString();
        return trail.write(pool, List.of(new AuditTrail.Line(deed, null, answered)));
    }
}
