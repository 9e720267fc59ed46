package io.infrafabric.coordinator;

import io.infrafabric.bus.Rows;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.coordinator.CoordinatorBodies.ReasonBody;
import io.infrafabric.coordinator.bulk.Bulk;
import io.infrafabric.coordinator.bulk.BulkOrder;
import io.infrafabric.coordinator.bulk.BulkTable;
import io.infrafabric.coordinator.bulk.BulkTable.Matched;
import io.infrafabric.coordinator.bulk.BulkTransaction;
import io.infrafabric.coordinator.bulk.BulkTransaction.Started;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/** Orders for many tasks over REST. */
@IfBuildProperty(name = "s2.build.coordinator.door", stringValue = "true", enableIfMissing = true)
@Path("/coordinator/tasks/bulk")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "coordinator")
public class BulkResource {
    private static final int EXAMPLES = 10;

    private final Identity identity;
    private final BulkTransaction bulks;
    private final CoordinatorAnswers answers;
    private final Pool pool;
    private final CoordinatorConfig config;

    public BulkResource(
            Identity identity, BulkTransaction bulks, CoordinatorAnswers answers, Pool pool, CoordinatorConfig config) {
        this.identity = identity;
        this.bulks = bulks;
        this.answers = answers;
        this.pool = pool;
        this.config = config;
    }

    @POST
    @Operation(
            summary = "Cancel, retry, reprioritise, assign or release many tasks (operators)",
            description = "For all tasks that match now and still match when their turn comes, in batches (202)."
                    + " With dryRun nothing is changed: how many match, and examples (200).")
    @APIResponseSchema(value = Bulk.class, responseCode = "202")
    @APIResponse(responseCode = "200", content = @Content(schema = @Schema(implementation = Matched.class)))
    public Uni<RestResponse<String>> start(BulkBody body) {
        Caller caller = identity.caller();
        BulkBody given = Check.given("body", body);
        String named = given.filter() == null
                ? null
                : Check.id("filter.swarm", given.filter().swarm());
        caller.mustOperate(named == null ? caller.swarm() : named);
        Idempotency.Key key = given.isDry() ? null : identity.key(body);
        return Rows.now(pool)
                .map(now -> given.check(caller.swarm(), caller.by(), now))
                .chain(order -> given.isDry() ? tell(order) : start(order, key));
    }

    private Uni<RestResponse<String>> tell(BulkOrder order) {
        return BulkTable.matched(pool, order.filter(), config.maxBulk() + 1, EXAMPLES)
                .invoke(matched -> mustFit(matched))
                .map(matched -> answers.rendered(200, matched))
                .map(answer -> Respond.json(answer.status(), answer.body(), false));
    }

    private void mustFit(Matched matched) {
        if (matched.matched() > config.maxBulk()) {
            throw tooMany(config.maxBulk());
        }
    }

    private Uni<RestResponse<String>> start(BulkOrder order, Idempotency.Key key) {
        Keep<Started> keep = new Keep<>(
                key, started -> started instanceof Started.Accepted(Bulk bulk) ? answers.rendered(202, bulk) : null);
        return bulks.start(order, keep)
                .map(reply -> Respond.reply(reply, started -> switch (started) {
                    case Started.Accepted(Bulk bulk) -> answers.rendered(202, bulk);
                    case Started.TooMany(int most) -> throw tooMany(most);
                    case Started.NotAssignable(String assignee) ->
                        throw Problem.of(
                                        Code.IF_ERR_UNKNOWN_ASSIGNEE,
                                        "There is no session " + assignee + " that these tasks could be assigned to.")
                                .with("field", "with.assignee")
                                .with("session", assignee);
                }));
    }

    private static Problem tooMany(int most) {
        return Problem.of(Code.IF_ERR_BATCH_TOO_LARGE, "More than " + most + " tasks match; narrow the filter.")
                .with("field", "filter")
                .with("max", most);
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "An order for many tasks, and how far it has got (operators and viewers)")
    public Uni<Bulk> get(@RestPath String id) {
        Caller caller = identity.caller();
        caller.mustOversee(caller.swarm());
        return found(caller, id);
    }

    private Uni<Bulk> found(Caller caller, String id) {
        return BulkTable.show(pool, Check.id("id", id)).invoke(bulk -> {
            if (bulk == null || !caller.reaches(bulk.filter().swarm())) {
                throw Problem.of(Code.IF_ERR_UNKNOWN_BULK, "There is no order " + id + " in reach.")
                        .with("bulk", id);
            }
        });
    }

    @POST
    @Path("/{id}/stop")
    @Operation(
            summary = "Stop an order for many tasks (operators)",
            description = "What is done stays done. An order that has ended stays as it is.")
    @APIResponseSchema(Bulk.class)
    public Uni<RestResponse<String>> stop(@RestPath String id, ReasonBody body) {
        String reason = CoordinatorBodies.reason(Check.given("body", body).reason());
        return stop(id, reason, identity.key(body));
    }

    @DELETE
    @Path("/{id}")
    @Operation(summary = "Stop an order for many tasks without a reason (operators)")
    @APIResponseSchema(Bulk.class)
    public Uni<RestResponse<String>> delete(@RestPath String id) {
        return stop(id, null, identity.noted(null));
    }

    private Uni<RestResponse<String>> stop(String id, String reason, Idempotency.Key key) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        Bulk.Stopped by = new Bulk.Stopped(caller.by(), reason);
        return found(caller, id)
                .chain(() -> bulks.stop(id, by, new Keep<>(key, bulk -> answers.rendered(200, bulk))))
                .map(reply -> Respond.reply(reply, bulk -> answers.rendered(200, bulk)));
    }
}
