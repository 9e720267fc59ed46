package io.infrafabric.bus;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleStateEvent;
import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.quarkus.runtime.StartupEvent;
import io.vertx.pgclient.PgBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnectOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.impl.SqlConnectionInternal;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Bounds how long a connection to PostgreSQL may be silent. A network that drops packets tells nobody: without a bound, a call
 * whose statement was sent into it waits until the operating system gives up, which takes a quarter of an hour. A statement ends
 * within 30 s ({@code statement_timeout}), so a connection that has said nothing for {@link BusConfig#postgresSilence()} is lost.
 * The pool closes idle ones earlier ({@code quarkus.datasource.reactive.idle-timeout}), so that none is taken from it just when
 * it is about to count as lost.
 */
@Singleton
final class PostgresConnections implements PgPoolCreator {

    /** A server that does not answer for so long would be asked again anyway, on a new connection. */
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);

    /** What Vert.x calls the handler that tells of silence. */
    private static final String IDLE = "idle";

    private final BusConfig config;

    @Inject
    PostgresConnections(BusConfig config) {
        this.config = config;
    }

    @Override
    public Pool create(Input input) {
        List<SqlConnectOptions> servers = new ArrayList<>();
        input.pgConnectOptionsList().forEach(server -> {
            server.setConnectTimeout((int) CONNECT_WITHIN.toMillis());
            server.setReadIdleTimeout((int) config.postgresSilence().toMillis());
            server.setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
            servers.add(server);
        });
        Pool pool = PgBuilder.pool()
                .with(input.poolOptions())
                .connectingTo(servers)
                .withConnectHandler(connection -> {
                    endWhenSilent(connection);
                    connection.close();
                })
                .using(input.vertx())
                .build();
        // The first connection is made beside the rest of the start: its password is hashed 4,096 times. The first
        // caller
        // that needs a connection hears of a failure, not this.
        pool.getConnection().onSuccess(SqlClient::close);
        return pool;
    }

    /**
     * Closes the socket itself. What Vert.x does when a connection has been silent for too long goes through the client's
     * encoder, which says farewell to the server and waits for it to close: for ever, where nothing gets through.
     */
    private static void endWhenSilent(SqlConnection connection) {
        var direct = (SocketConnectionBase)
                ((SqlConnectionInternal) connection).unwrap().unwrap();
        direct.socket()
                .channelHandlerContext()
                .pipeline()
                .addAfter(IDLE, "silence", new ChannelInboundHandlerAdapter() {
                    @Override
                    public void userEventTriggered(ChannelHandlerContext context, Object event) {
                        if (event instanceof IdleStateEvent) {
                            var _ = context.close();
                        } else {
                            context.fireUserEventTriggered(event);
                        }
                    }
                });
    }

    /** Makes the pool earlier than everything else that starts. */
    void connect(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent started, Pool pool) {
        int _ = pool.size();
    }
}
