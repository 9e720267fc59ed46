package io.infrafabric.door.process;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Watches one connection from below HTTP. It closes the connection when the complete head of a call does not arrive in
 * time, however steadily it drips. When the HTTP layer refuses a head with a bare status, before there is a call, it
 * puts a problem in its place. Data encrypted here passes unchanged.
 */
final class Patience extends ChannelDuplexHandler {
    private static final AttributeKey<Patience> OF = AttributeKey.valueOf("s2.patience");

    private static final Pattern BARE = Pattern.compile("HTTP/1\\.[01] (4[0-9]{2}) .*\r\n\r\n", Pattern.DOTALL);
    private static final Pattern CONTENT = Pattern.compile("\r\ncontent-type:", Pattern.CASE_INSENSITIVE);
    private static final int TOO_SLOW = 408;

    private final Duration headTimeout;
    private final IntFunction<String> answers;
    private final AtomicInteger calls = new AtomicInteger();
    private volatile Future<?> lookAtHead;
    private volatile boolean multiplexed;
    /** Bytes have come that are not a call yet, so whatever is written now is not the answer to a call. */
    private volatile boolean headless;

    private boolean answered;

    /** @param answers the whole answer instead of a bare status; {@code null} for a status that stays as it is */
    Patience(Duration headTimeout, IntFunction<String> answers) {
        this.headTimeout = headTimeout;
        this.answers = answers;
    }

    void watch(Channel channel) {
        channel.attr(OF).set(this);
        channel.pipeline().addFirst(this);
    }

    /** The watcher of a connection; {@code null} if nobody watches it. */
    static Patience of(Channel channel) {
        return channel.attr(OF).get();
    }

    /** The head of a call is there. Over HTTP/2 more heads may always be on their way, so heads are no longer timed. */
    void begin(boolean http2) {
        multiplexed |= http2;
        calls.incrementAndGet();
        headless = false;
        stopLooking();
    }

    void end() {
        calls.decrementAndGet();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        headless |= calls.get() == 0;
        if (lookAtHead == null && !multiplexed && calls.get() == 0) {
            lookAtHead = context.executor()
                    .schedule(() -> lookAtHead(context), headTimeout.toMillis(), TimeUnit.MILLISECONDS);
        }
        context.fireChannelRead(message);
    }

    private void lookAtHead(ChannelHandlerContext context) {
        if (multiplexed || calls.get() > 0) {
            return;
        }
        boolean plain = context.pipeline().get("ssl") == null && !answered;
        var written = context.writeAndFlush(plain ? bytes(answers.apply(TOO_SLOW)) : Unpooled.EMPTY_BUFFER);
        written.addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (!headless || multiplexed || !(message instanceof ByteBuf bytes)) {
            var _ = context.write(message, promise);
            return;
        }
        answered = true;
        String answer = bareStatus(bytes) == 0 ? null : answers.apply(bareStatus(bytes));
        if (answer == null) {
            var _ = context.write(message, promise);
        } else {
            bytes.release();
            var _ = context.write(bytes(answer), promise);
        }
    }

    /** The status of an answer without a body; 0 if the bytes are no such answer. */
    private static int bareStatus(ByteBuf bytes) {
        String text = bytes.toString(StandardCharsets.ISO_8859_1);
        Matcher bare = BARE.matcher(text);
        return bare.matches() && !CONTENT.matcher(text).find() ? Integer.parseInt(bare.group(1)) : 0;
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        stopLooking();
        context.fireChannelInactive();
    }

    private void stopLooking() {
        Future<?> look = lookAtHead;
        if (look != null) {
            look.cancel(false);
            lookAtHead = null;
        }
    }
}
