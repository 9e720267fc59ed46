package io.infrafabric.door.process;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;

/**
 * Calls on whose connection nothing may happen for minutes: those that are forwarded to a provider, which is thinking. They
 * have times of their own, so until they have ended the connection is not closed for being idle. Over HTTP/2 a connection has
 * several of them, and the last one's end counts. Lives on the connection's event loop.
 *
 * <p>It takes the place of the handler that watches the connection, with the first such call on it. The end of a call is written, so
 * the connection has its whole time again from there.
 */
final class StillCalls extends IdleStateHandler {
    private int calls;

    private StillCalls(IdleStateHandler usual) {
        super(
                usual.getReaderIdleTimeInMillis(),
                usual.getWriterIdleTimeInMillis(),
                usual.getAllIdleTimeInMillis(),
                TimeUnit.MILLISECONDS);
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
        IdleStateHandler idle = channel.pipeline().get(IdleStateHandler.class);
        if (idle == null) {
            return;
        }
        StillCalls still = idle instanceof StillCalls known ? known : new StillCalls(idle);
        if (still != idle) {
            channel.pipeline().replace(idle, "idle", still);
        }
        still.calls++;
    }

    static void end(Channel channel) {
        StillCalls still = channel.pipeline().get(StillCalls.class);
        if (still != null && still.calls > 0) {
            still.calls--;
        }
    }

    @Override
    protected void channelIdle(ChannelHandlerContext context, IdleStateEvent event) throws Exception {
        if (calls == 0) {
            super.channelIdle(context, event);
        }
    }
}
