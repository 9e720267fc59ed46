package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.ClosedChannelException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class KnownNoiseTest {
    private final KnownNoise filter = new KnownNoise();

    @Test
    void what_a_library_says_of_its_own_end_is_left_out() {
        assertThat(filter.isLoggable(
                        line("io.netty.bootstrap.ServerBootstrap", null, "io.vertx.core.net.impl.VertxEventLoopGroup")))
                .isFalse();
        assertThat(filter.isLoggable(line(
                        "io.vertx.core.impl.ContextBase",
                        "Result is already complete",
                        "io.vertx.core.Promise",
                        "io.vertx.sqlclient.impl.pool.SqlConnectionPool")))
                .isFalse();
        assertThat(filter.isLoggable(line(
                        "io.quarkus.vertx.core.runtime.VertxCoreRecorder",
                        "Result is already complete",
                        "io.vertx.core.Promise",
                        "io.vertx.core.http.impl.HttpClientRequestImpl")))
                .isFalse();
    }

    @Test
    void the_same_from_anybody_else_is_logged() {
        assertThat(filter.isLoggable(
                        line("io.netty.bootstrap.ServerBootstrap", null, "io.infrafabric.door.Gatekeeper")))
                .isTrue();
        assertThat(filter.isLoggable(
                        line("io.vertx.core.impl.ContextBase", "Result is already complete", "a.B", "a.C")))
                .isTrue();
        assertThat(filter.isLoggable(new LogRecord(Level.WARNING, "No trace at all")))
                .isTrue();
    }

    @Test
    void a_connection_to_redis_that_closes_is_left_out() {
        LogRecord line = new LogRecord(Level.SEVERE, "Unhandled Error");
        line.setThrown(new ClosedChannelException());
        line.setLoggerName("io.vertx.redis.client.impl.RedisConnectionManager");
        assertThat(filter.isLoggable(line)).isFalse();
        line.setLoggerName("io.infrafabric.door.Gatekeeper");
        assertThat(filter.isLoggable(line)).isTrue();
    }

    private static LogRecord line(String logger, String message, String... frames) {
        IllegalStateException thrown = new IllegalStateException(message);
        StackTraceElement[] stack = new StackTraceElement[frames.length];
        for (int i = 0; i < frames.length; i++) {
            stack[i] = new StackTraceElement(frames[i], "call", null, i);
        }
        thrown.setStackTrace(stack);
        LogRecord line = new LogRecord(Level.WARNING, "Failed to register an accepted channel");
        line.setLoggerName(logger);
        line.setThrown(thrown);
        return line;
    }
}
