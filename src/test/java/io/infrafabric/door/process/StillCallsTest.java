package io.infrafabric.door.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.timeout.IdleStateHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StillCallsTest {
    private static final int USUAL = 75;

    private final EmbeddedChannel channel = new EmbeddedChannel(new IdleStateHandler(0, 0, USUAL));

    @AfterEach
    void close() {
        var _ = channel.close();
    }

    private long idleMillis() {
        return channel.pipeline().get(IdleStateHandler.class).getAllIdleTimeInMillis();
    }

    @Test
    void a_connection_with_such_a_call_is_never_idle() {
        StillCalls.begin(channel);
        assertThat(idleMillis()).isZero();
        StillCalls.end(channel);
        assertThat(idleMillis()).isEqualTo(USUAL * 1000L);
    }

    @Test
    void of_several_on_one_connection_the_last_one_counts() {
        StillCalls.begin(channel);
        StillCalls.begin(channel);
        StillCalls.end(channel);
        assertThat(idleMillis()).isZero();
        StillCalls.end(channel);
        assertThat(idleMillis()).isEqualTo(USUAL * 1000L);
        StillCalls.begin(channel);
        assertThat(idleMillis()).isZero();
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
