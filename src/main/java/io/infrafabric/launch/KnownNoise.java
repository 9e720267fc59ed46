package io.infrafabric.launch;

import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;

/**
 * Leaves out of the log what the PostgreSQL pool reports about itself while the database is away: its timer for a
 * waiting request fires once more after the request has failed. The callers report the failed requests themselves. No
 * message can pass for more than one line ({@link OneLine}).
 */
@LoggingFilter(name = "known-noise")
public final class KnownNoise implements Filter {
    @Override
    public boolean isLoggable(LogRecord line) {
        if (isKnown(line)) {
            return false;
        }
        OneLine.make(line);
        return true;
    }

    private static boolean isKnown(LogRecord line) {
        return line.getThrown() instanceof IllegalStateException thrown
                && "Result is already complete".equals(thrown.getMessage())
                && thrown.getStackTrace().length > 1
                && thrown.getStackTrace()[1].getClassName().equals("io.vertx.sqlclient.impl.pool.SqlConnectionPool");
    }
}
