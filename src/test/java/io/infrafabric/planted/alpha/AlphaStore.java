package io.infrafabric.planted.alpha;

import io.infrafabric.planted.beta.BetaStore;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** Reads and writes through another function's store, and goes by the clock of its process. */
final class AlphaStore {
    private AlphaStore() {}

    static void write(SqlConnection connection) {
        BetaStore.write(connection, BetaStore.find());
    }

    static LocalDate today() {
        return LocalDate.now(ZoneOffset.UTC);
    }
}
