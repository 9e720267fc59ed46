package io.infrafabric.budget;

import io.infrafabric.command.Caller;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Cursor;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Exported calls that are not booked, over REST. */
@IfBuildProperty(name = "s2.build.budget.door", stringValue = "true", enableIfMissing = true)
@Path("/budget/accounts/{account}/exports")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "budget")
public class ExportResource {
    private final Identity identity;
    private final Reach reach;
    private final Paging paging;
    private final Pool pool;

    ExportResource(Identity identity, AccountTable accounts, Paging paging, Pool pool) {
        this.identity = identity;
        this.reach = new Reach(accounts);
        this.paging = paging;
        this.pool = pool;
    }

    @GET
    @Operation(
            summary = "What an agent exported and what is not booked, newest first",
            description =
                    "Calls of models without a price, whose cost is not known; and calls that go through bulkhead, which "
                            + "books them. What is booked stands on the ledger.")
    public Uni<Page<ExportTable.Line>> exports(
            @RestPath String account, @RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = identity.caller();
        int size = paging.limit(limit);
        long before = cursor == null
                ? Long.MAX_VALUE
                : Cursor.number(Cursor.decode(cursor, 1).getFirst());
        return reach.mustRead(caller, BudgetBodies.account("account", account))
                .chain(() -> ExportTable.page(pool, account, before, size + 1))
                .map(rows -> Page.of(rows, size, line -> List.of(Long.toString(line.seq()))));
    }
}
