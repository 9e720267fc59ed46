package io.infrafabric.coordinator.published;

import io.infrafabric.budget.SpenderSigns;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.session.ProgressTable;
import io.infrafabric.coordinator.session.ProgressTable.Running;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;

/**
 * What shows that an agent gets somewhere, and not only that something beside it is alive: a hook, a call of a tool, a cost, a
 * message. Renewing and heartbeats are no progress. See {@link io.infrafabric.coordinator.session.Stalling}.
 */
@ApplicationScoped
public class SessionProgress implements SpenderSigns {
    /** What was seen. */
    public enum Kind {
        /** The agent called a tool of the fabric, or did something else in its name. */
        CALL(Running.AS_BEFORE),
        /** A cost was booked. */
        COST(Running.AS_BEFORE),
        /** It wrote to somebody. */
        MESSAGE(Running.AS_BEFORE),
        /** A command that is kept wrote something. */
        OUTPUT(Running.AS_BEFORE),
        /** A tool of the agent starts. While it runs it is progress, for a time. */
        TOOL_STARTED(Running.STARTED),
        /** A tool of the agent has ended. */
        TOOL_ENDED(Running.ENDED),
        /** A turn of the agent begins or ends: it runs no tool. */
        TURN(Running.NONE);

        private final Running tools;

        Kind(Running tools) {
            this.tools = tools;
        }
    }

    private final ProgressTable table;
    private final Pool pool;
    private final CoordinatorConfig config;

    SessionProgress(ProgressTable table, Pool pool, CoordinatorConfig config) {
        this.table = table;
        this.pool = pool;
        this.config = config;
    }

    /** Progress now. It is written once in {@code s2.coordinator.progress-every}, so this is cheap. */
    public Uni<Void> shown(String session, Kind kind) {
        return shown(session, kind, null);
    }

    /** The same beside something else that was done, and that does not fail with it. */
    public Uni<Void> shownBeside(String session, Kind kind) {
        return shown(session, kind).onFailure().recoverWithNull();
    }

    @Override
    public Uni<Void> costReported(String session) {
        return shownBeside(session, Kind.COST);
    }

    /** Progress at a time that may be past, as the source of the news says; a time in the future counts as now. */
    public Uni<Void> shown(String session, Kind kind, Instant at) {
        return table.show(pool, session, at, kind.tools, config.toolPatience(), config.progressEvery());
    }
}
