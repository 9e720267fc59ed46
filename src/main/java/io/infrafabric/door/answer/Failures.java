package io.infrafabric.door.answer;

import io.infrafabric.bus.DatabaseAway;
import io.infrafabric.door.input.BadJson;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** What a failure is to the caller. Only unexpected ones are logged with their cause, with an id that the caller is told, too. */
@Singleton
public class Failures {
    private static final Logger LOG = Logger.getLogger(Failures.class);

    private final OwnDisk disk;

    @Inject
    Failures(OwnDisk disk) {
        this.disk = disk;
    }

    /**
     * The problem that the caller is told.
     *
     * @param call what was called, for the log
     * @param errorId for a failure that nobody expects
     */
    public Problem problem(Throwable e, String call, String errorId) {
        Problem inside = BadJson.problemIn(e);
        if (inside != null) {
            return inside;
        }
        if (e instanceof ConnectionPoolTooBusyException) {
            return Problem.of(Code.IF_ERR_OVERLOADED, "Too many calls wait for the database.");
        }
        boolean away = DatabaseAway.isReasonOf(e);
        if (DatabaseAway.isDiskFull(e) || (away && disk.isFull())) {
            LOG.warnf("%s: the disk of the database is full: %s", call, e);
            return Problem.of(Code.IF_ERR_UNAVAILABLE, "The disk of the database is full: nothing can be written.");
        }
        if (away) {
            LOG.warnf("%s: the database is away, or too slow: %s", call, e);
            return Problem.of(Code.IF_ERR_UNAVAILABLE, "The database cannot be reached, or did not answer in time.");
        }
        LOG.errorf(e, "%s failed (errorId %s)", call, errorId);
        return Problem.of(Code.IF_ERR_INTERNAL, "The call failed, and it is not your fault.")
                .with("errorId", errorId);
    }
}
