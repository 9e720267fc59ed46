package io.infrafabric.door.process;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;

/** How long the body of a call may take. Without a limit, a dripping body could keep a connection for as long as it likes. */
public final class BodyTime {
    private static final String TIMER = "s2.body-time";

    private BodyTime() {}

    static void limit(RoutingContext context, Duration most, Runnable tooSlow) {
        HttpServerRequest request = context.request();
        if (request.isEnded()) {
            return;
        }
        long timer = context.vertx().setTimer(most.toMillis(), _ -> {
            if (!request.isEnded()) {
                tooSlow.run();
            }
        });
        context.put(TIMER, timer);
        context.addEndHandler(_ -> context.vertx().cancelTimer(timer));
    }

    /** Takes the limit away: the body is passed on as it comes, and whoever does that looks after its silences. */
    public static void none(RoutingContext context) {
        Long timer = context.remove(TIMER);
        if (timer != null) {
            context.vertx().cancelTimer(timer);
        }
    }
}
