package io.infrafabric.budget.price;

import io.infrafabric.budget.price.PriceBodies.PriceBody;
import io.infrafabric.budget.price.PriceBodies.PriceView;
import io.infrafabric.budget.price.PriceTransaction.Put;
import io.infrafabric.budget.price.PriceTransaction.Wish;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Prices over REST: what models cost, and what an operator says that they cost. */
@IfBuildProperty(name = "s2.build.budget.door", stringValue = "true", enableIfMissing = true)
@Path("/budget/prices")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "budget")
public class PriceResource {
    private final Identity identity;
    private final PriceTransaction transaction;
    private final AnswerWriter json;
    private final Paging paging;
    private final Pool pool;

    PriceResource(Identity identity, PriceTransaction transaction, AnswerWriter json, Paging paging, Pool pool) {
        this.identity = identity;
        this.transaction = transaction;
        this.json = json;
        this.paging = paging;
        this.pool = pool;
    }

    @PUT
    @Path("/{provider}/{model:.+}")
    @Operation(
            summary = "Set what a model costs (operators)",
            description =
                    "In US dollars per million tokens, from now or another moment on. It goes before the list price"
                            + " that came with the fabric. Calls that were booked keep their costs. 0 makes a model free.")
    public Uni<PriceView> putPrice(@RestPath String provider, @RestPath String model, PriceBody body) {
        Caller caller = identity.caller();
        caller.mustOperateAll();
        Check.given("body", body);
        Wish wish = new Wish(
                Check.givenId("provider", provider),
                body.check(PriceBodies.model("model", model)),
                body.since(),
                caller.by());
        Keep<Put> keep = new Keep<>(
                identity.noted(body),
                put -> put instanceof Put.Done(PriceTable.SetPrice set) ? json.write(200, PriceView.of(set)) : null);
        return transaction.put(wish, keep).map(put -> switch (put) {
            case Put.Done(PriceTable.SetPrice set) -> PriceView.of(set);
            case Put.Full(int most) ->
                throw Problem.badInput(
                        "model",
                        "a model of a provider with fewer than " + most + " prices, those that no longer hold included"
                                + " (s2.budget.max-prices)");
        });
    }

    @GET
    @Operation(
            summary =
                    "List prices of models: those that operators set, newest first, then those that came with the fabric",
            description =
                    "In US dollars per million tokens. Of the prices that were set for a model, the one with the latest"
                            + " past \"from\" holds. What is not listed here costs as its family does, or as the dearest model of its"
                            + " provider.")
    public Uni<Page<PriceView>> listPrices(
            @RestQuery String provider, @RestQuery String model, @RestQuery Integer limit, @RestQuery String cursor) {
        var _ = identity.caller();
        Check.id("provider", provider);
        PriceBodies.model("model", model);
        int size = paging.limit(limit);
        List<String> after = cursor == null ? List.of(Long.toString(Long.MAX_VALUE), "", "") : Cursor.decode(cursor, 3);
        long before = Cursor.number(after.getFirst());
        Uni<List<Shown>> set = before == 0
                ? Uni.createFrom().item(List.of())
                : PriceTable.page(pool, provider, model, before, size + 1)
                        .map(rows -> rows.stream()
                                .map(row -> new Shown(PriceView.of(row), List.of(Long.toString(row.seq()), "", "")))
                                .toList());
        return set.map(rows -> {
            List<Shown> all = new ArrayList<>(rows);
            shipped(all, provider, model, after, size + 1);
            return Page.of(all, size, Shown::key).map(Shown::price);
        });
    }

    private record Shown(PriceView price, List<String> key) {}

    /** Adds shipped prices after this one, by provider and model, until there are so many rows. */
    private static void shipped(List<Shown> rows, String provider, String model, List<String> after, int most) {
        ShippedPrices shipped = ShippedPrices.all();
        shipped.prices().tailMap(after.get(1), true).forEach((name, prices) -> {
            if (provider == null || provider.equals(name)) {
                for (Price price : prices) {
                    boolean isNext = !name.equals(after.get(1)) || price.model().compareTo(after.get(2)) > 0;
                    if (rows.size() < most && isNext && (model == null || model.equals(price.model()))) {
                        rows.add(new Shown(PriceView.of(name, price, shipped), List.of("0", name, price.model())));
                    }
                }
            }
        });
    }
}
