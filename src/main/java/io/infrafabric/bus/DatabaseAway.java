package io.infrafabric.bus;

import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Tells a database that cannot be reached, or cannot keep up, from a statement that is wrong. */
public final class DatabaseAway {
    private static final int MAX_CAUSES = 8;

    /**
     * Classes of SQLSTATE (PostgreSQL, appendix A) in which the server, and not the statement, is the reason: connection
     * (08), insufficient resources (53), operator intervention with cancelled and timed-out statements (57), system error
     * (58), and authorization (28), which is a deployment's mistake.
     */
    private static final Set<String> CLASSES = Set.of("08", "28", "53", "57", "58");

    /** Lock timeout, idle and whole transaction timeout, and a server that became read-only (a failover). */
    private static final Set<String> STATES = Set.of("55P03", "25P03", "25P04", "25006");

    private static final String DISK_FULL = "53100";

    private DatabaseAway() {}

    /**
     * Whether a failure with this SQLSTATE says nothing about the request, so that the same request may succeed later;
     * the one rule for callers and for the bus. A failure without a state never came from a statement.
     */
    public static boolean isReasonOf(String sqlState) {
        return sqlState == null
                || STATES.contains(sqlState)
                || (sqlState.length() == 5 && CLASSES.contains(sqlState.substring(0, 2)));
    }

    /** Whether the database's disk is full, judging by the causes of a failure. */
    public static boolean isDiskFull(Throwable failure) {
        return isAnyCause(failure, DatabaseAway::saysDiskFull);
    }

    /** Whether the database is why this failed, judging by its causes. */
    public static boolean isReasonOf(Throwable failure) {
        return isAnyCause(failure, DatabaseAway::isAway);
    }

    private static boolean isAnyCause(Throwable failure, Predicate<Throwable> what) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .limit(MAX_CAUSES)
                .anyMatch(what);
    }

    private static boolean saysDiskFull(Throwable cause) {
        String state = switch (cause) {
            case PgException pg -> pg.getSqlState();
            case SQLException sql -> sql.getSQLState();
            default -> null;
        };
        return DISK_FULL.equals(state) || String.valueOf(cause.getMessage()).contains("No space left on device");
    }

    private static boolean isAway(Throwable cause) {
        return switch (cause) {
            case PgException pg -> isReasonOf(pg.getSqlState());
            case SQLException sql -> isReasonOf(sql.getSQLState());
            case ClosedConnectionException _ -> true;
            case VertxException vertx -> isAboutConnection(vertx.getMessage());
            case IOException _ -> true; // refused, reset, unknown host; unreadable bodies were reported earlier
            case TimeoutException _ -> true; // the pool had no free connection in time
            default -> isAboutConnection(cause.getMessage());
        };
    }

    /** The client tells some causes only by their message. */
    private static boolean isAboutConnection(String message) {
        return message != null
                && (message.equals("Timeout") // while waiting for a connection of the pool
                        || message.contains("Connection was closed")
                        || message.contains("Connection is closed")
                        || message.contains("Connection is not active")
                        || message.contains("Fail to read any response from the server")
                        || message.contains("Pool closed"));
    }
}
