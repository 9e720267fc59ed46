package io.infrafabric.door.process;

import com.sun.management.UnixOperatingSystemMXBean;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.door.answer.ProblemWriter;
import io.infrafabric.door.process.Connections.Entry;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.HttpsServerStart;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Stands where connections are accepted. (The limit of the HTTP layer makes no room for new ones.) It counts them
 * ({@link Connections}), closes those that must go, and has each of them watched ({@link Patience}).
 */
@Singleton
public class Gatekeeper {
    private static final Logger LOG = Logger.getLogger(Gatekeeper.class);
    private static final String NAME = "s2-gatekeeper";

    // This part of the files that the process may open is left for the database, Redis and everything else.
    private static final int SHARE_LEFT = 8;
    private static final int LEAST_LEFT = 200;
    private static final int LEAST = 16;

    private final DoorConfig config;
    private final VertxInternal vertx;
    private final ProblemWriter writer;
    private final int managementPort;
    private final int limit;
    private final Connections<Channel> connections;

    @Inject
    Gatekeeper(
            DoorConfig config,
            Vertx vertx,
            ProblemWriter writer,
            @ConfigProperty(name = "quarkus.management.port", defaultValue = "9000") int managementPort) {
        this.config = config;
        this.vertx = (VertxInternal) vertx;
        this.writer = writer;
        this.managementPort = managementPort;
        this.limit = limit(config.maxConnections(), config.reservedConnections(), openFiles());
        this.connections = new Connections<>(limit, config.reservedConnections());
    }

    /** The limit of concurrent connections: fewer than configured if the process may not open that many files. */
    public int limit() {
        return limit;
    }

    Connections<Channel> connections() {
        return connections;
    }

    static int limit(int set, int reserved, long openFiles) {
        long left = Math.max(openFiles / SHARE_LEFT, LEAST_LEFT) + reserved;
        return (int) Math.min(set, Math.max(LEAST, openFiles - left));
    }

    private static long openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                        && system.getMaxFileDescriptorCount() > 0
                ? system.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }

    void begin(@ObservesAsync HttpServerStart started) {
        standAtTheDoor();
    }

    void beginEncrypted(@ObservesAsync HttpsServerStart started) {
        standAtTheDoor();
    }

    private void standAtTheDoor() {
        if (limit < config.maxConnections()) {
            LOG.infof(
                    "At most %d connections, not %d: the process may not open more files (ulimit -n)",
                    limit, config.maxConnections());
        }
        for (EventExecutor loop : vertx.getAcceptorEventLoopGroup()) {
            loop.execute(() -> standAtTheDoorsOf((SingleThreadEventLoop) loop));
        }
    }

    private void standAtTheDoorsOf(SingleThreadEventLoop loop) {
        loop.registeredChannelsIterator().forEachRemaining(channel -> {
            boolean ours = channel instanceof ServerChannel
                    && channel.localAddress() instanceof InetSocketAddress address
                    && address.getPort() != managementPort;
            if (ours && channel.pipeline().get(NAME) == null) {
                channel.pipeline().addFirst(NAME, new Accepting());
            }
        });
    }

    private final class Accepting extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Channel channel = (Channel) message;
            switch (connections.come(channel)) {
                case Entry.Placed<Channel> _, Entry.Reserved<Channel> _ -> {}
                case Entry.Instead<Channel>(Channel of) -> {
                    var _ = of.close();
                }
                case Entry.Refused<Channel> _ -> {
                    channel.unsafe().closeForcibly();
                    return;
                }
            }
            channel.closeFuture().addListener(_ -> connections.go(channel));
            new Patience(config.headTimeout(), writer::bare).watch(channel);
            context.fireChannelRead(channel);
        }
    }
}
