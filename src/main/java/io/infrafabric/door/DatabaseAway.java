package io.infrafabric.door;

import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** Tells a database that cannot be reached from a statement that is wrong. */
final class DatabaseAway {
    private static final int MAX_CAUSES = 8;

    /**
     * Classes of SQLSTATE (PostgreSQL, appendix A): 08 connection exception, 53 insufficient resources, 57P operator
     * intervention (shutdown, not yet ready), 58 system error.
     */
    private static final Set<String> CLASSES = Set.of("08", "53", "58");

    private DatabaseAway() {}

    static boolean isReasonOf(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; i < MAX_CAUSES && cause != null; i++, cause = cause.getCause()) {
            if (isAway(cause)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAway(Throwable cause) {
        return switch (cause) {
            case PgException pg -> isAway(pg.getSqlState());
            case SQLException sql -> isAway(sql.getSQLState());
            case ClosedConnectionException _ -> true;
            case VertxException vertx -> isAboutConnection(vertx.getMessage());
            case IOException _ -> true; // refused, reset, unknown host: bodies that cannot be read were told before
            case TimeoutException _ -> true; // no connection of the pool became free
            default -> isAboutConnection(cause.getMessage());
        };
    }

    private static boolean isAway(String sqlState) {
        return sqlState != null
                && sqlState.length() == 5
                && (CLASSES.contains(sqlState.substring(0, 2)) || sqlState.startsWith("57P"));
    }

    /** The client says some of it only in words. */
    private static boolean isAboutConnection(String message) {
        return message != null
                && (message.equals("Timeout") // of waiting for a connection of the pool
                        || message.contains("Connection was closed")
                        || message.contains("Connection is closed")
                        || message.contains("Connection is not active")
                        || message.contains("Fail to read any response from the server")
                        || message.contains("Pool closed"));
    }
}
