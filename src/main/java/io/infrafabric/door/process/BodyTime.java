package io.infrafabric.door.process;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;

/** How long the body of a call may take. Without a limit, a dripping body could keep a connection for as long as it likes. */
public final class BodyTime {
    private static final String KEY = "s2.body-time";

    private final RoutingContext context;
    private final Duration most;
    private final Runnable tooSlow;
    private long timer;

    private BodyTime(RoutingContext context, Duration most, Runnable tooSlow) {
        this.context = context;
        this.most = most;
        this.tooSlow = tooSlow;
    }

    static void limit(RoutingContext context, Duration most, Runnable tooSlow) {
        if (context.request().isEnded()) {
            return;
        }
        BodyTime time = new BodyTime(context, most, tooSlow);
        time.run();
        context.put(KEY, time);
        context.addEndHandler(_ -> time.cancel());
    }

    private void run() {
        HttpServerRequest request = context.request();
        timer = context.vertx().setTimer(most.toMillis(), _ -> {
            if (!request.isEnded()) {
                tooSlow.run();
            }
        });
    }

    private void cancel() {
        context.vertx().cancelTimer(timer);
    }

    /** Takes the limit away: the body is passed on as it comes, and whoever does that looks after its silences. */
    public static void none(RoutingContext context) {
        stop(context);
        context.remove(KEY);
    }

    /** The body is not read for a while, so its time does not run. */
    public static void stop(RoutingContext context) {
        if (context.get(KEY) instanceof BodyTime time) {
            time.cancel();
        }
    }

    /** It is read from now on, and has its whole time. */
    public static void start(RoutingContext context) {
        if (context.get(KEY) instanceof BodyTime time && !context.response().ended()) {
            time.cancel();
            time.run();
        }
    }
}
