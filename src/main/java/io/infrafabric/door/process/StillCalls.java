package io.infrafabric.door.process;

import io.netty.channel.Channel;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.AttributeKey;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;

/**
 * Calls on whose connection nothing may happen for minutes: those that are forwarded to a provider, which is thinking. They
 * have times of their own, so until they have ended the connection is not closed for being idle. Over HTTP/2 a connection has
 * several of them, and the last one's end counts. Lives on the connection's event loop.
 */
final class StillCalls {
    private static final AttributeKey<StillCalls> OF = AttributeKey.valueOf("s2.still-calls");

    private final IdleStateHandler usual;
    private final IdleStateHandler never = of(0, 0, 0);
    private int calls;

    private StillCalls(IdleStateHandler usual) {
        this.usual = usual;
    }

    static void watch(RoutingContext context, Channel channel) {
        onLoop(channel, () -> begin(channel));
        context.addEndHandler(_ -> onLoop(channel, () -> end(channel)));
    }

    private static void onLoop(Channel channel, Runnable step) {
        if (channel.eventLoop().inEventLoop()) {
            step.run();
        } else {
            channel.eventLoop().execute(step);
        }
    }

    static void begin(Channel channel) {
        StillCalls still = channel.attr(OF).get();
        if (still == null) {
            IdleStateHandler idle = channel.pipeline().get(IdleStateHandler.class);
            if (idle == null) {
                return;
            }
            still = new StillCalls(idle);
            channel.attr(OF).set(still);
            channel.pipeline().replace(idle, "idle", still.never);
        }
        still.calls++;
    }

    static void end(Channel channel) {
        StillCalls still = channel.attr(OF).get();
        if (still == null || --still.calls > 0) {
            return;
        }
        channel.attr(OF).set(null);
        if (channel.isActive() && channel.pipeline().context(still.never) != null) {
            channel.pipeline().replace(still.never, "idle", still.again());
        }
    }

    /** A handler that was taken out cannot be put in again. */
    private IdleStateHandler again() {
        return of(usual.getReaderIdleTimeInMillis(), usual.getWriterIdleTimeInMillis(), usual.getAllIdleTimeInMillis());
    }

    private static IdleStateHandler of(long reader, long writer, long all) {
        return new IdleStateHandler(reader, writer, all, TimeUnit.MILLISECONDS);
    }
}
