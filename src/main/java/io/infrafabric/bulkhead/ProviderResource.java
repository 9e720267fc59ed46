package io.infrafabric.bulkhead;

import io.infrafabric.bulkhead.ProviderBodies.ProviderBody;
import io.infrafabric.bulkhead.ProviderBodies.ProviderView;
import io.infrafabric.bulkhead.payment.Payments;
import io.infrafabric.bulkhead.provider.ProviderTransaction;
import io.infrafabric.bulkhead.provider.Providers;
import io.infrafabric.bulkhead.slot.Slots;
import io.infrafabric.bus.Aside;
import io.infrafabric.bus.Rows;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.event.Trace;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Providers over REST. They are the whole installation's, so only an operator of all of it changes them. */
@IfBuildProperty(name = "s2.build.bulkhead.door", stringValue = "true", enableIfMissing = true)
@Path("/bulkhead/providers")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "bulkhead")
public class ProviderResource {
    private final Identity identity;
    private final ProviderTransaction providers;
    private final Providers known;
    private final Slots slots;
    private final Payments payments;
    private final Paging paging;
    private final BulkheadAnswers answers;
    /** Whether a key is there may take a look at a file. */
    private final Aside aside;

    ProviderResource(
            Identity identity,
            ProviderTransaction providers,
            Providers known,
            Slots slots,
            Payments payments,
            Paging paging,
            BulkheadAnswers answers,
            Aside aside) {
        this.identity = identity;
        this.providers = providers;
        this.known = known;
        this.slots = slots;
        this.payments = payments;
        this.paging = paging;
        this.answers = answers;
        this.aside = aside;
    }

    @PUT
    @Path("/{provider}")
    @Operation(
            summary = "Add a provider, or change it (operators)",
            description =
                    "Absent fields keep their values. A new provider named anthropic, openai, google, bedrock, vllm or ollama"
                            + " needs no baseUrl and no dialect. A new baseUrl loses the key unless auth comes along; auth without a"
                            + " key takes it away.")
    public Uni<ProviderView> put(@RestPath String provider, ProviderBody body) {
        Caller caller = identity.caller();
        caller.mustOperateAll();
        Check.givenId("provider", provider);
        Check.given("body", body);
        Trace trace = identity.trace();
        Keep<ProviderTransaction.Put> keep = new Keep<>(identity.noted(body), answers::toKeep);
        return providers
                .put(provider, answers.wish(body), caller.by(), trace, keep)
                .map(Once::now)
                .map(answers::done)
                .chain(one -> aside.run(() -> answers.view(one, caller)));
    }

    @GET
    @Operation(summary = "List providers by name", description = "Without their live figures.")
    public Uni<Page<ProviderView>> list(@RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = identity.caller();
        int size = paging.limit(limit);
        String after = cursor == null ? "" : Cursor.decode(cursor, 1).getFirst();
        return providers
                .page(after, size + 1)
                .chain(rows -> aside.run(() ->
                        rows.stream().map(one -> answers.view(one, caller)).toList()))
                .map(rows -> Page.of(rows, size, one -> List.of(one.name())));
    }

    @GET
    @Path("/{provider}")
    @Operation(
            summary = "A provider with its live figures",
            description = "queued, keyPresent and last5min are those of the process that answers.")
    public Uni<ProviderView> get(@RestPath String provider) {
        Caller caller = identity.caller();
        Check.givenId("provider", provider);
        return providers
                .find(provider)
                .onItem()
                .ifNull()
                .switchTo(() -> known.unknown(provider))
                .chain(one -> Rows.together(slots.figures(one), payments.today(provider))
                        .asTuple()
                        .chain(both -> aside.run(() -> answers.view(one, caller, both.getItem1(), both.getItem2()))));
    }

    @DELETE
    @Path("/{provider}")
    @Operation(
            summary = "Delete a provider (operators)",
            description = "409 while calls to it are under way. Its calls stay in the list of calls.")
    public Uni<Void> delete(@RestPath String provider) {
        Caller caller = identity.caller();
        caller.mustOperateAll();
        Check.givenId("provider", provider);
        Trace trace = identity.trace();
        return providers
                .remove(provider, caller.by(), trace, new Keep<>(identity.noted(null), answers::toKeep))
                .map(Once::now)
                .chain(removed -> switch (removed) {
                    case ProviderTransaction.Removed.Done _ -> Uni.createFrom().voidItem();
                    case ProviderTransaction.Removed.Unknown _ ->
                        known.unknown(provider).replaceWithVoid();
                    case ProviderTransaction.Removed.InUse(int calls) -> throw BulkheadAnswers.inUse(provider, calls);
                });
    }
}
