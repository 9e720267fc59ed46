package io.infrafabric.door.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StillCallsTest {
    private final AtomicInteger idle = new AtomicInteger();
    private final AtomicInteger others = new AtomicInteger();
    private final EmbeddedChannel channel = watched(idle);
    private final EmbeddedChannel other = watched(others);

    private static EmbeddedChannel watched(AtomicInteger idle) {
        return new EmbeddedChannel(
                new IdleStateHandler(0, 0, 5, TimeUnit.MILLISECONDS), new ChannelInboundHandlerAdapter() {
                    @Override
                    public void userEventTriggered(ChannelHandlerContext context, Object event) {
                        idle.incrementAndGet();
                    }
                });
    }

    @AfterEach
    void close() {
        var _ = channel.close();
        var _ = other.close();
    }

    /** Until the same time has passed for a connection without such calls. */
    private void timePasses() {
        int before = others.get();
        await().until(() -> {
            channel.runScheduledPendingTasks();
            other.runScheduledPendingTasks();
            return others.get() > before + 2;
        });
    }

    @Test
    void a_connection_with_such_a_call_is_never_idle() {
        StillCalls.begin(channel);
        timePasses();
        assertThat(idle).hasValue(0);
        StillCalls.end(channel);
        timePasses();
        assertThat(idle).hasPositiveValue();
    }

    @Test
    void of_several_on_one_connection_the_last_one_counts() {
        StillCalls.begin(channel);
        StillCalls.begin(channel);
        StillCalls.end(channel);
        timePasses();
        assertThat(idle).hasValue(0);
        StillCalls.end(channel);
        timePasses();
        assertThat(idle).hasPositiveValue();
        StillCalls.begin(channel);
        int before = idle.get();
        timePasses();
        assertThat(idle).hasValue(before);
    }

    @Test
    void a_connection_that_is_gone_or_has_no_limit_is_left_alone() {
        StillCalls.begin(channel);
        var _ = channel.close();
        StillCalls.end(channel);
        EmbeddedChannel unlimited = new EmbeddedChannel();
        StillCalls.begin(unlimited);
        StillCalls.end(unlimited);
        assertThat(unlimited.pipeline().get(IdleStateHandler.class)).isNull();
    }
}
