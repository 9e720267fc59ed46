package io.infrafabric.bus;

import io.netty.handler.flush.FlushConsolidationHandler;
import io.quarkus.reactive.pg.client.PgPoolCreator;
import io.vertx.pgclient.PgBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.impl.SqlConnectionInternal;
import jakarta.inject.Singleton;

/**
 * Makes the connection pool: statements that are sent on one connection in the same turn of the event loop leave in one
 * packet. The client by itself makes a system call for each statement, and wakes the server for each; a command of ours
 * sends ten or so at once (see {@link Work#alongside}), and on a local network those calls cost as much as the statements.
 */
@Singleton
public final class Coalescing implements PgPoolCreator {
    /** Statements after which a packet is sent, whatever still comes in the same turn. */
    private static final int STATEMENTS = 64;

    @Override
    public Pool create(Input input) {
        return PgBuilder.pool()
                .with(input.poolOptions())
                .connectingTo(input.pgConnectOptionsList().getFirst())
                .using(input.vertx())
                .withConnectHandler(Coalescing::coalesce)
                .build();
    }

    private static void coalesce(SqlConnection connection) {
        if (((SqlConnectionInternal) connection).unwrap().unwrap() instanceof SocketConnectionBase own) {
            own.socket()
                    .channelHandlerContext()
                    .pipeline()
                    .addFirst("coalescing", new FlushConsolidationHandler(STATEMENTS, true));
        }
        connection.close();
    }
}
