package io.infrafabric.gateway.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.bus.Bells;
import io.infrafabric.bus.Rows;
import io.infrafabric.command.Caller;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.gateway.source.Received.RuleResult;
import io.infrafabric.gateway.source.SourceBodies.Rehearsal;
import io.infrafabric.gateway.source.SourceBodies.RehearsalBody;
import io.infrafabric.gateway.source.SourceBodies.Rehearsed;
import io.infrafabric.gateway.source.SourceBodies.SourceBody;
import io.infrafabric.gateway.source.SourceBodies.SourceView;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.input.SecretPlaces;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Sources over REST, and what came from them. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Path("/gateway/sources")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "gateway")
public class SourceResource {
    private static final int MOST_KEYS = 8;
    private static final int LONGEST_EVENT = 200;
    private static final int LONGEST_RULES = 100_000;
    private static final Duration LONGEST_TOLERANCE = Duration.ofDays(6);

    private final Identity identity;
    private final Pool pool;
    private final SourceDoor door;
    private final ReceivedTransaction transaction;
    private final DeliveryPlan plans;
    private final SourceSecrets secrets;
    private final Bells bells;
    private final Paging paging;
    private final SourceConfig config;

    SourceResource(
            Identity identity,
            Pool pool,
            SourceDoor door,
            ReceivedTransaction transaction,
            DeliveryPlan plans,
            SourceSecrets secrets,
            Bells bells,
            Paging paging,
            SourceConfig config) {
        this.identity = identity;
        this.pool = pool;
        this.door = door;
        this.transaction = transaction;
        this.plans = plans;
        this.secrets = secrets;
        this.bells = bells;
        this.paging = paging;
        this.config = config;
    }

    @PUT
    @Path("/{name}")
    @Operation(
            summary = "Make a source of deliveries, or change it (operators)",
            description =
                    "Absent fields keep their values. All secrets and publicKeys count, so that one can be replaced "
                            + "without a gap. A source of kind github without rules has the preset.")
    public Uni<SourceView> put(@RestPath String name, SourceBody body) {
        Caller caller = operator(name);
        identity.note(Check.given("body", body));
        return SourceTable.find(pool, name).chain(old -> {
            if (old != null) {
                mustReach(caller, old);
            }
            Source wanted = over(old, name, body, caller.by());
            mustReach(caller, wanted);
            // What cannot be used is refused here, and not when something comes in.
            plans.rules(wanted);
            new SourceKeys(
                    wanted.kind(),
                    wanted.secrets().stream()
                            .filter(secret -> !SecretPlaces.isReference(secret))
                            .toList(),
                    wanted.publicKeys());
            return door.mustHaveSwarm(old, wanted)
                    .chain(() -> SourceTable.put(pool, wanted, config.sourceMax()))
                    .map(now -> {
                        if (now == null) {
                            throw old == null
                                    ? Problem.of(
                                                    Code.IF_ERR_TOO_MANY_SOURCES,
                                                    "There are " + config.sourceMax()
                                                            + " sources, or another call made this one just now.")
                                            .with("most", config.sourceMax())
                                    : Problem.of(
                                            Code.IF_ERR_OVERLOADED,
                                            "Another call changed source " + name + " just now.");
                        }
                        return view(now);
                    });
        });
    }

    private Source over(Source old, String name, SourceBody body, String by) {
        SourceKind kind = Check.oneOf("kind", body.kind(), SourceKind.class);
        if (old == null) {
            Check.given("kind", kind);
            Check.given("swarm", body.swarm());
        } else if (kind != null && kind != old.kind()) {
            throw Problem.badInput("kind", old.kind() + ", as the source has it: make another source");
        }
        SourceKind its = old == null ? kind : old.kind();
        List<String> itsSecrets = Check.texts("secrets", body.secrets(), MOST_KEYS, LONGEST_EVENT * 3);
        if (itsSecrets != null) {
            for (int i = 0; i < itsSecrets.size(); i++) {
                secrets.check("secrets[" + i + "]", itsSecrets.get(i));
            }
        }
        List<String> keys = Check.texts("publicKeys", body.publicKeys(), MOST_KEYS, LONGEST_EVENT);
        if (keys != null && !keys.isEmpty() && !its.takesPublicKeys()) {
            throw Problem.badInput("publicKeys", "nothing: " + its + " signs with secrets");
        }
        Long tolerance = body.tolerance() == null
                ? null
                : Check.between("tolerance", body.tolerance(), 1, LONGEST_TOLERANCE.toSeconds());
        Source source = new Source(
                name,
                its,
                or(Check.id("swarm", body.swarm()), old == null ? null : old.swarm()),
                or(itsSecrets, old == null ? List.of() : old.secrets()),
                or(keys, old == null ? List.of() : old.publicKeys()),
                tolerance == null ? (old == null ? null : old.tolerance()) : Duration.ofSeconds(tolerance),
                or(rules(body.rules()), old == null ? null : old.rules()),
                or(apiToken(body.apiToken()), old == null ? null : old.apiToken()),
                old == null ? 1 : old.version() + 1,
                by,
                null);
        if (source.secrets().isEmpty() && source.publicKeys().isEmpty()) {
            throw Problem.badInput("secrets", "at least one, or a public key");
        }
        return source;
    }

    private static String rules(JsonNode rules) {
        String text = rules == null || rules.isNull() ? null : rules.toString();
        if (text != null && text.length() > LONGEST_RULES) {
            throw Problem.badInput("rules", "at most " + LONGEST_RULES + " characters of JSON");
        }
        return text;
    }

    /** A token that works for all of a repository is not kept in the database. */
    private String apiToken(String reference) {
        if (reference == null) {
            return null;
        }
        if (!SecretPlaces.isReference(reference)) {
            throw Problem.badInput("apiToken", "env:NAME or file:PATH; the token itself is not kept");
        }
        return secrets.check("apiToken", reference);
    }

    private static <T> T or(T value, T otherwise) {
        return value == null ? otherwise : value;
    }

    @GET
    @Operation(summary = "List sources by name (operators)")
    public Uni<Page<SourceView>> list(@RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        int size = paging.limit(limit);
        String after = cursor == null ? "" : Cursor.decode(cursor, 1).getFirst();
        return SourceTable.page(pool, caller.swarm(), after, size + 1)
                .map(rows -> Page.of(rows.stream().map(this::view).toList(), size, one -> List.of(one.name())));
    }

    @GET
    @Path("/{name}")
    @Operation(summary = "A source (operators)")
    public Uni<SourceView> get(@RestPath String name) {
        return known(name, operator(name)).map(this::view);
    }

    @DELETE
    @Path("/{name}")
    @Operation(
            summary = "Delete a source (operators)",
            description = "What waits of it is dead. What came from it stays known for as long as deliveries are kept.")
    public Uni<Void> delete(@RestPath String name) {
        Caller caller = operator(name);
        identity.note(null);
        return known(name, caller)
                .chain(() -> SourceTable.remove(pool, name))
                .invoke(removed -> {
                    if (!removed) {
                        throw SourceDoor.unknown(name);
                    }
                })
                .replaceWithVoid();
    }

    @GET
    @Path("/{name}/deliveries")
    @Operation(
            summary = "List what came from a source, newest first (operators)",
            description = "With what became of each. Those that were refused are kept for a day, without their bodies.")
    public Uni<Page<Received>> deliveries(
            @RestPath String name, @RestQuery String state, @RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = operator(name);
        Received.State only = Check.oneOf("state", state, Received.State.class);
        int size = paging.limit(limit);
        long before = cursor == null
                ? Long.MAX_VALUE
                : Cursor.number(Cursor.decode(cursor, 1).getFirst());
        return known(name, caller)
                .chain(() -> ReceivedTable.page(pool, name, only, before, size + 1))
                .map(rows -> Page.of(rows, size, row -> List.of(Long.toString(row.getLong("seq"))))
                        .map(this::received));
    }

    @POST
    @Path("/{name}/deliveries/{id}/replay")
    @Operation(
            summary = "Apply a delivery again (operators)",
            description =
                    "By the rules as they are now. It must be APPLIED or DEAD. Tasks that it made are not made twice.")
    public Uni<Received> replay(@RestPath String name, @RestPath String id) {
        Caller caller = operator(name);
        UUID delivery = Check.uuid(id, () -> unknownDelivery(id));
        identity.note(null);
        return known(name, caller)
                .chain(() -> ReceivedTable.replay(pool, name, delivery))
                .chain(replayed -> ReceivedTable.find(pool, name, delivery).map(row -> {
                    if (row == null) {
                        throw unknownDelivery(id);
                    }
                    if (!replayed) {
                        throw Problem.of(
                                Code.IF_ERR_DELIVERY_STATE,
                                "Delivery " + id + " is " + row.getString("state") + "; only what is APPLIED or DEAD is"
                                        + " applied again.");
                    }
                    bells.ring(ReceivedPump.BELL + ":" + name);
                    return received(row);
                }));
    }

    @POST
    @Path("/{name}/test")
    @Operation(
            summary = "Say what a delivery would do (operators)",
            description =
                    "Rule by rule, with the reason, on the tasks as they are now. Nothing is done, and no signature is "
                            + "needed.")
    public Uni<Rehearsal> rehearse(@RestPath String name, RehearsalBody body) {
        Caller caller = operator(name);
        JsonNode delivery = Check.given("body", Check.given("body", body).body());
        if (!delivery.isObject()) {
            throw Problem.badInput("body", "a JSON object");
        }
        String event = Check.text("event", body.event(), LONGEST_EVENT);
        return known(name, caller)
                .chain(source -> now().chain(now -> {
                    String type = event != null || !delivery.path("type").isTextual()
                            ? event
                            : delivery.path("type").textValue();
                    List<RuleOutcome> all = plans.look(source, type, delivery, now);
                    List<RuleOutcome> matching = all.stream()
                            .filter(one -> !(one instanceof RuleOutcome.Passed))
                            .toList();
                    return transaction.rehearse(source, matching).map(results -> rehearsal(all, results));
                }));
    }

    private Uni<Instant> now() {
        return pool.query("SELECT now() AS now")
                .execute()
                .map(rows -> Rows.instant(rows.iterator().next(), "now"));
    }

    private Rehearsal rehearsal(List<RuleOutcome> all, List<RuleResult> results) {
        List<Rehearsed> rules = new ArrayList<>();
        Iterator<RuleResult> next = results.iterator();
        for (RuleOutcome one : all) {
            rules.add(
                    switch (one) {
                        case RuleOutcome.Passed(String rule, String why) ->
                            new Rehearsed(rule, false, null, Received.Effect.NOTHING, why);
                        case RuleOutcome.Fires(String rule, SourceAction action) -> {
                            RuleResult result = next.next();
                            yield new Rehearsed(rule, true, plans.tree(action), result.effect(), result.text());
                        }
                        case RuleOutcome.Fails(String rule, String why) -> {
                            next.next();
                            yield new Rehearsed(rule, true, null, Received.Effect.REFUSED, why);
                        }
                    });
        }
        return new Rehearsal(rules);
    }

    private SourceView view(Source source) {
        return new SourceView(
                source.name(),
                source.kind(),
                source.swarm(),
                "/gateway/webhooks/" + source.name(),
                source.secrets().stream()
                        .map(secret -> SecretPlaces.isReference(secret) ? secret : "(kept)")
                        .toList(),
                source.publicKeys(),
                source.tolerance() == null ? null : source.tolerance().toSeconds(),
                source.rules() == null ? null : plans.tree(source.rules()),
                source.apiToken(),
                source.version(),
                source.changedBy(),
                source.changedAt());
    }

    private Received received(Row row) {
        return new Received(
                row.getUUID("id").toString(),
                row.getString("source"),
                Received.State.valueOf(row.getString("state")),
                row.getString("event"),
                row.getInteger("bytes"),
                Rows.instant(row, "received_at"),
                Rows.instant(row, "handled_at"),
                row.getInteger("attempts"),
                plans.results(row.getString("results")),
                row.getString("why"));
    }

    private Caller operator(String name) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        Check.id("name", name);
        return caller;
    }

    private static void mustReach(Caller caller, Source source) {
        if (!caller.reaches(source.swarm())) {
            throw Problem.of(Code.IF_ERR_FORBIDDEN, "Source " + source.name() + " is not in reach of this token.");
        }
    }

    private Uni<Source> known(String name, Caller caller) {
        return SourceTable.find(pool, name).invoke(found -> {
            if (found == null || !caller.reaches(found.swarm())) {
                throw SourceDoor.unknown(name);
            }
        });
    }

    private static Problem unknownDelivery(String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_DELIVERY, "There is no delivery " + id + " of this source.")
                .with("delivery", id);
    }
}
