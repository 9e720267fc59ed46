package io.infrafabric.planted.beta;

import io.infrafabric.planted.alpha.AlphaRule;
import io.vertx.mutiny.sqlclient.SqlConnection;

/** Reaches into another function's room past its store, and closes a circle. */
public final class BetaStore {
    private BetaStore() {}

    /** Reads. */
    public static String find() {
        return "found";
    }

    /** Writes. */
    public static void write(SqlConnection connection, String what) {
        AlphaRule.decide().put(what, connection);
    }
}
