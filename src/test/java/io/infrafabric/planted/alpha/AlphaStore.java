package io.infrafabric.planted.alpha;

import io.infrafabric.planted.beta.BetaStore;
import io.vertx.mutiny.sqlclient.SqlConnection;

/** Reads and writes through another function's store. */
final class AlphaStore {
    private AlphaStore() {}

    static void write(SqlConnection connection) {
        BetaStore.write(connection, BetaStore.find());
    }
}
