package io.infrafabric.deadlock;

import io.infrafabric.bus.Rows;
import io.infrafabric.consensus.TurnoutStore;
import io.infrafabric.deadlock.Answers.GraphView;
import io.infrafabric.deadlock.Answers.WaitsView;
import io.infrafabric.deadlock.Bodies.AddBody;
import io.infrafabric.deadlock.Bodies.PutBody;
import io.infrafabric.deadlock.SettleStore.Deadlock;
import io.infrafabric.deadlock.WaitStore.Command;
import io.infrafabric.deadlock.Waits.Message;
import io.infrafabric.deadlock.Waits.Mode;
import io.infrafabric.door.Caller;
import io.infrafabric.door.Check;
import io.infrafabric.door.Cursor;
import io.infrafabric.door.Graphviz;
import io.infrafabric.door.Idempotency;
import io.infrafabric.door.Identity;
import io.infrafabric.door.Page;
import io.infrafabric.door.Paging;
import io.infrafabric.door.Problem;
import io.infrafabric.door.Respond;
import io.infrafabric.door.Sessions;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Waits, the graph, and what became of deadlocks, over REST. */
@Path("/deadlock")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "deadlock")
@IfBuildProperty(name = "s2.build.deadlock.door", stringValue = "true", enableIfMissing = true)
public class DeadlockResource {
    private static final UUID LAST_ID = new UUID(-1, -1);

    /** What may be done about a wait that closes a cycle. */
    enum OnCycle {
        /** Record it, and preempt one of the cycle. */
        PREEMPT,
        /** Do not record it. */
        REFUSE
    }

    private final Identity identity;
    private final Sessions sessions;
    private final WaitStore waits;
    private final EdgeStore edges;
    private final GraphStore graphs;
    private final TurnoutStore turnouts;
    private final SettleStore settling;
    private final Answers answers;
    private final Paging paging;
    private final Pool pool;
    private final DeadlockConfig config;

    public DeadlockResource(
            Identity identity,
            Sessions sessions,
            WaitStore waits,
            EdgeStore edges,
            GraphStore graphs,
            TurnoutStore turnouts,
            SettleStore settling,
            Answers answers,
            Paging paging,
            Pool pool,
            DeadlockConfig config) {
        this.identity = identity;
        this.sessions = sessions;
        this.waits = waits;
        this.edges = edges;
        this.graphs = graphs;
        this.turnouts = turnouts;
        this.settling = settling;
        this.answers = answers;
        this.paging = paging;
        this.pool = pool;
        this.config = config;
    }

    @PUT
    @Path("/waits/{session}")
    @Operation(
            summary = "Say what a session waits for: these, and nothing else",
            description = "What is over already makes no wait. If it closes a cycle, one session of the cycle is"
                    + " preempted, and the answer says which; with onCycle=refuse it is not recorded, and 409"
                    + " IF_ERR_WAIT_CYCLE names the cycle.")
    public Uni<RestResponse<String>> put(@RestPath String session, @RestQuery String onCycle, PutBody body) {
        boolean refuse = refuses(onCycle);
        return tell(session, Check.given("body", body).check(config.maxEdges()), refuse, null);
    }

    @POST
    @Path("/waits/{session}/edges")
    @Operation(summary = "Say what a session waits for besides", description = "Others of its waits stay as they are.")
    public Uni<RestResponse<String>> add(@RestPath String session, @RestQuery String onCycle, AddBody body) {
        boolean refuse = refuses(onCycle);
        return tell(session, Check.given("body", body).check(config.maxEdges()), refuse, identity.key(body));
    }

    @DELETE
    @Path("/waits/{session}")
    @Operation(
            summary = "Say that a session no longer waits",
            description =
                    "For this one, or for anything that it has reported. Operators may end a session's waits, too.")
    public Uni<RestResponse<String>> drop(@RestPath String session, @RestQuery String on, @RestQuery Long version) {
        Bodies.positive(version);
        Message message = on == null
                ? new Message.Put(List.of(), Mode.ALL, null, null, null, version)
                : new Message.Drop(List.of(Bodies.target("on", on)), version);
        Caller caller = identity.caller();
        Idempotency.Key noted = identity.noted(null);
        return swarmOf(session)
                .invoke(swarm -> caller.mustBeOrOperate(session, swarm))
                .chain(swarm -> waits.tell(new Command(session, swarm, message, false, noted)))
                .map(reply -> Respond.reply(reply, answer -> answers.shown(answer, session)));
    }

    private Uni<RestResponse<String>> tell(String session, Message message, boolean refuse, Idempotency.Key key) {
        Caller caller = identity.caller();
        caller.mustBe(session);
        return waits.tell(new Command(session, caller.swarm(), message, refuse, key))
                .map(reply -> Respond.reply(reply, answer -> answers.shown(answer, session)));
    }

    @GET
    @Path("/waits/{session}")
    @Operation(summary = "What a session waits for")
    public Uni<WaitsView> get(@RestPath String session) {
        Caller caller = identity.caller();
        return swarmOf(session)
                .invoke(caller::mustRead)
                .chain(() -> waits.find(pool, session))
                .map(found -> Answers.shown(found, null));
    }

    @GET
    @Path("/graph")
    @Operation(
            summary = "Who waits for what in a swarm",
            description = "As JSON, or in the language of Graphviz for Accept: text/vnd.graphviz.")
    public Uni<GraphView> graph(@RestQuery String swarm) {
        return read(swarm);
    }

    @GET
    @Path("/graph")
    @Produces(Graphviz.MEDIA_TYPE + ";qs=0.5")
    @Operation(hidden = true)
    public Uni<String> dot(@RestQuery String swarm) {
        return read(swarm).map(Dot::of);
    }

    private Uni<GraphView> read(String swarm) {
        Caller caller = identity.caller();
        String only = Check.givenId("swarm", swarm == null ? caller.swarm() : swarm);
        caller.mustRead(only);
        return edges.waiting(pool, only, config.maxShown() + 1).chain(found -> {
            List<String> starts =
                    found.stream().limit(config.maxShown()).map(Target::session).toList();
            return graphs.read(pool, starts)
                    .chain(read -> turnouts.missing(pool, only, read.decisions(), config.maxShown())
                            .map(missing -> Answers.shown(only, read, missing, found.size() > config.maxShown())));
        });
    }

    @GET
    @Path("/deadlocks")
    @Operation(
            summary = "Deadlocks that were ended, newest first",
            description = "Each with its cycle, and why that session.")
    public Uni<Page<Deadlock>> deadlocks(@RestQuery String swarm, @RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = identity.caller();
        String only = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(only);
        int size = paging.limit(limit);
        List<String> after =
                cursor == null ? List.of(Rows.FOREVER.toString(), LAST_ID.toString()) : Cursor.decode(cursor, 2);
        return settling.page(pool, only, Cursor.instant(after.get(0)), Cursor.uuid(after.get(1)), size + 1)
                .map(rows -> Page.of(rows, size, row -> List.of(row.at().toString(), row.id())));
    }

    private static boolean refuses(String onCycle) {
        return Check.oneOf("onCycle", onCycle, OnCycle.class) == OnCycle.REFUSE;
    }

    private Uni<String> swarmOf(String session) {
        return sessions.swarmOf(Check.id("session", session))
                .map(swarm -> swarm.orElseThrow(() -> Problem.unknownSession(session)));
    }
}
