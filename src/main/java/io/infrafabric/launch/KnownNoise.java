package io.infrafabric.launch;

import io.quarkus.logging.LoggingFilter;
import java.nio.channels.ClosedChannelException;
import java.util.logging.Filter;
import java.util.logging.LogRecord;

/**
 * Leaves out of the log what libraries report about themselves, and what nobody can mend. No message can pass for more
 * than one line ({@link OneLine}).
 *
 * <ul>
 *   <li>The PostgreSQL pool, while the database is away: its timer for a waiting request fires once more after the
 *       request has failed. The callers report the failed requests themselves.
 *   <li>The Redis client, of each connection that closes while something is sent on it. The bus reports that Redis is away.
 *   <li>Vert.x's HTTP client, if a provider resets its connection right after it has answered: when the two are seen by two event
 *       loops, the request has failed before its answer is told. What was called has ended by the failure.
 *   <li>Netty, at the very end of a process: a connection came in when no event loop was left. It is closed, and its
 *       client calls another process.
 * </ul>
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
        if (line.getThrown() instanceof ClosedChannelException) {
            return "io.vertx.redis.client.impl.RedisConnectionManager".equals(line.getLoggerName());
        }
        if (!(line.getThrown() instanceof IllegalStateException thrown)) {
            return false;
        }
        StackTraceElement[] stack = thrown.getStackTrace();
        return ("Result is already complete".equals(thrown.getMessage())
                        && (isFrom(stack, 1, "io.vertx.sqlclient.impl.pool.SqlConnectionPool")
                                || isFrom(stack, 1, "io.vertx.core.http.impl.HttpClientRequestImpl")))
                || ("io.netty.bootstrap.ServerBootstrap".equals(line.getLoggerName())
                        && isFrom(stack, 0, "io.vertx.core.net.impl.VertxEventLoopGroup"));
    }

    private static boolean isFrom(StackTraceElement[] stack, int frame, String type) {
        return stack.length > frame && stack[frame].getClassName().equals(type);
    }
}
