package io.infrafabric.door.process;

import io.netty.channel.Channel;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;

/**
 * Calls on whose connection nothing may happen for minutes: those that are forwarded to a provider, which is thinking. They
 * have times of their own, so until they have ended the connection is not closed for being idle.
 */
final class StillCalls {
    private StillCalls() {}

    static void watch(RoutingContext context, Channel channel) {
        IdleStateHandler idle = channel.pipeline().get(IdleStateHandler.class);
        if (idle == null || context.request().version() == HttpVersion.HTTP_2) {
            return;
        }
        IdleStateHandler never = of(0, 0, 0);
        channel.pipeline().replace(idle, "idle", never);
        context.addEndHandler(_ -> channel.eventLoop().execute(() -> {
            if (channel.isActive() && channel.pipeline().context(never) != null) {
                channel.pipeline()
                        .replace(
                                never,
                                "idle",
                                of(
                                        idle.getReaderIdleTimeInMillis(),
                                        idle.getWriterIdleTimeInMillis(),
                                        idle.getAllIdleTimeInMillis()));
            }
        }));
    }

    private static IdleStateHandler of(long reader, long writer, long all) {
        return new IdleStateHandler(reader, writer, all, TimeUnit.MILLISECONDS);
    }
}
