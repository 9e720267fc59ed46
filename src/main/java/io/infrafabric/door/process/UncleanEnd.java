package io.infrafabric.door.process;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;

/**
 * The end of an answer that is not complete: its client's read fails, so nobody takes a part of it for all. What was written
 * still arrives, if the client reads it soon.
 */
public final class UncleanEnd {
    private static final int SOON_MILLIS = 3000;

    private UncleanEnd() {}

    /** Ends an answer whose head is written. */
    public static void of(RoutingContext context) {
        if (context.request().version() == HttpVersion.HTTP_2) {
            context.response().reset();
            return;
        }
        // The response's own reset would leave the handlers of the call's end uncalled.
        HttpConnection connection = context.request().connection();
        var _ = connection.close();
        if (connection instanceof ConnectionBase base) {
            context.vertx().setTimer(SOON_MILLIS, _ -> {
                var _ = base.channel().close();
            });
        }
    }
}
