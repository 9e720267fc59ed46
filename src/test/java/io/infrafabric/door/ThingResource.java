package io.infrafabric.door;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Idempotency.Answer;
import io.infrafabric.command.Idempotency.Verdict;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.Vertx;
import io.vertx.mutiny.pgclient.PgBuilder;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.pgclient.PgConnectOptions;
import jakarta.inject.Inject;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** A resource as a room would have it, to try the door with. */
@Path("/door-test/things")
public class ThingResource {
    /** How often a thing was made. */
    public static final AtomicInteger EFFECTS = new AtomicInteger();

    @Inject
    Identity identity;

    @Inject
    Idempotency idempotency;

    @Inject
    Paging paging;

    @Inject
    Pool pool;

    @Inject
    Vertx vertx;

    record Thing(String swarm, String name, @Size(max = 5) String tag, Integer count, BigDecimal cost) {}

    record Made(String name, String by, BigDecimal cost, String traceToken) {}

    @POST
    public Uni<RestResponse<String>> make(@Valid Thing thing) {
        Caller caller = identity.caller();
        Check.given("body", thing);
        caller.mustActIn(Check.givenId("swarm", thing.swarm()));
        Check.givenText("name", thing.name(), 50);
        Check.money("cost", thing.cost());
        Idempotency.Key key = identity.key(thing);
        String answer = "{\"name\":\"" + thing.name() + "\",\"by\":\"" + caller.subject() + "\"}";
        if (key == null) {
            EFFECTS.incrementAndGet();
            return Uni.createFrom().item(Respond.json(201, answer, false));
        }
        return pool.withTransaction(connection -> once(connection, key, thing, answer));
    }

    private Uni<RestResponse<String>> once(SqlConnection connection, Idempotency.Key key, Thing thing, String answer) {
        return idempotency.begin(connection, List.of(key)).flatMap(verdicts -> switch (verdicts.get(key)) {
            case Verdict.Replayed(int status, String body) -> Uni.createFrom().item(Respond.json(status, body, true));
            case Verdict.Mismatch() ->
                Uni.createFrom().failure(Problem.of(Code.IF_ERR_IDEMPOTENCY_KEY_REUSED, "Another body."));
            case Verdict.Fresh() -> {
                if (thing.name().equals("refused")) {
                    yield Uni.createFrom().failure(Problem.of(Code.IF_ERR_SWARM_PAUSED, "Paused."));
                }
                EFFECTS.incrementAndGet();
                yield idempotency
                        .keep(connection, Map.of(key, new Answer(201, answer)))
                        .map(_ -> Respond.json(201, answer, false));
            }
        });
    }

    @GET
    public Page<Made> list(@RestQuery String swarm, @RestQuery Integer limit, @RestQuery String cursor) {
        identity.caller().mustRead(swarm);
        if (cursor != null) {
            Cursor.decode(cursor, 1);
        }
        Made thing =
                new Made("a", null, new BigDecimal("1E+3"), identity.trace().token());
        return Page.of(List.of(thing, thing), paging.limit(limit), made -> List.of(made.name()));
    }

    @GET
    @Path("boom")
    public String boom() {
        throw new IllegalStateException("secret internals");
    }

    /** Asks a database where none is. */
    @GET
    @Path("away")
    public Uni<String> away() {
        var nowhere = new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(1)
                .setUser("x")
                .setDatabase("x");
        Pool none = PgBuilder.pool().connectingTo(nowhere).using(vertx).build();
        return none.query("SELECT 1").execute().map(_ -> "").eventually(none::close);
    }

    /** Has the database end the connection, as a shutdown does. */
    @GET
    @Path("ended")
    public Uni<String> ended() {
        return pool.query("SELECT pg_terminate_backend(pg_backend_pid())")
                .execute()
                .map(_ -> "");
    }

    /** Asks for more than the database may take its time for. */
    @GET
    @Path("slow")
    public Uni<String> slow() {
        return pool.withTransaction(connection -> connection
                .query("SET LOCAL statement_timeout = 20")
                .execute()
                .chain(() -> connection.query("SELECT pg_sleep(60)").execute())
                .map(_ -> ""));
    }

    /** Waits for a lock that nobody gives up in time. */
    @GET
    @Path("locked")
    public Uni<String> locked() {
        return pool.withTransaction(holder -> holder.query("SELECT pg_advisory_xact_lock(4711)")
                .execute()
                .chain(() -> pool.withTransaction(waiter -> waiter.query("SET LOCAL lock_timeout = 20")
                        .execute()
                        .chain(() -> waiter.query("SELECT pg_advisory_xact_lock(4711)")
                                .execute())
                        .map(_ -> ""))));
    }
}
