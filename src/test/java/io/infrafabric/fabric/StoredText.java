package io.infrafabric.fabric;

import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/** What stands in the database, wherever that is. */
public final class StoredText {
    private StoredText() {}

    /** The tables that have this text in a row. */
    public static List<String> tablesWith(Pool pool, String text) {
        List<String> tables = new ArrayList<>();
        pool.query("SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
                        + " AND table_type = 'BASE TABLE'")
                .executeAndAwait()
                .forEach(row -> tables.add(row.getString(0)));
        tables.removeIf(
                table -> pool.preparedQuery("SELECT 1 FROM " + table + " t WHERE strpos(t::text, $1) > 0 LIMIT 1")
                                .executeAndAwait(Tuple.of(text))
                                .size()
                        == 0);
        return tables;
    }
}
