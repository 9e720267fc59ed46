package io.infrafabric.chassis.module;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.chassis.module.StoredModule.OlderVersion;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Modules and their versions. */
public final class ModuleTable {
    private static final String COUNT = "SELECT count(*) FROM chassis_module";

    private static final String LOCK = "SELECT sha256, versions FROM chassis_module WHERE name = $1 FOR UPDATE";

    private static final String PIN =
            "SELECT v.sha256 FROM chassis_module m JOIN chassis_version v ON v.module = m.name"
                    + " AND v.sha256 = coalesce($2, m.sha256) WHERE m.name = $1 FOR KEY SHARE OF m";

    private static final String ADD =
            "INSERT INTO chassis_module (name, sha256, versions, made_by) VALUES ($1, $2, 0, $3)";

    private static final String ADD_VERSION =
            "INSERT INTO chassis_version (module, sha256, version, size, imports, bytes, uploaded_by)"
                    + " SELECT $1, $2, versions + 1, $3, $4, $5, $6 FROM chassis_module WHERE name = $1"
                    + " ON CONFLICT (module, sha256) DO NOTHING";

    private static final String NEWEST = "UPDATE chassis_module SET sha256 = $2, changed_at = now(),"
            + " versions = (SELECT max(version) FROM chassis_version WHERE module = $1) WHERE name = $1";

    private static final String VERSIONS =
            "SELECT sha256, version, size, uploaded_at FROM chassis_version WHERE module = $1 ORDER BY version DESC";

    private static final String SHOW =
            "SELECT m.name, m.sha256, m.created_at, v.version, v.size, v.imports, v.uploaded_by,"
                    + " v.uploaded_at FROM chassis_module m JOIN chassis_version v ON v.module = m.name AND v.sha256 = m.sha256"
                    + " WHERE ";

    private static final String BYTES = "SELECT bytes FROM chassis_version WHERE sha256 = $1 LIMIT 1";

    private static final String SIZE = "SELECT size FROM chassis_version WHERE sha256 = $1 LIMIT 1";

    private ModuleTable() {}

    /** The proof that nobody else makes a module until the transaction has ended. Only the lock makes it. */
    static final class Turn {
        private Turn() {}
    }

    /** Waits until nobody else makes a module, and keeps others waiting until the transaction has ended. */
    static Lock<Locks.Turns, Turn> inTurn(Work work) {
        return Lock.inTurn(work, "chassis_module", Turn::new);
    }

    /** Locks the module; whether it is there. Nobody pins a version of it before the transaction has ended. */
    static Lock<Locks.Turns, Boolean> lock(Work work, String name) {
        return Lock.of(
                work.connection().preparedQuery(LOCK).execute(Tuple.of(name)).map(rows -> rows.size() == 1));
    }

    /** The given version or the newest one, if it exists; nobody deletes it before the transaction has ended. */
    public static Uni<Optional<String>> pin(Work work, String module, Optional<String> sha256) {
        return work.connection()
                .preparedQuery(PIN)
                .execute(Tuple.of(module, sha256.orElse(null)))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(rows.iterator().next().getString(0)));
    }

    static Uni<Long> count(Work work) {
        return work.connection()
                .query(COUNT)
                .execute()
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** Adds a module without a version. */
    static Uni<Void> add(Work work, Turn turn, String name, String sha256, String by) {
        return work.connection()
                .preparedQuery(ADD)
                .execute(Tuple.of(name, sha256, by))
                .replaceWithVoid();
    }

    /** Adds a version of a module that is under lock, unless it is there, and makes it the newest. */
    static Uni<Void> addVersion(Work work, String name, Upload upload, String by) {
        Tuple row = Tuple.tuple()
                .addString(name)
                .addString(upload.sha256())
                .addInteger(upload.bytes().length)
                .addArrayOfString(upload.imports().toArray(String[]::new))
                .addBuffer(Buffer.buffer(upload.bytes()))
                .addString(by);
        work.alongside(work.connection().preparedQuery(ADD_VERSION).execute(row));
        return work.connection()
                .preparedQuery(NEWEST)
                .execute(Tuple.of(name, upload.sha256()))
                .replaceWithVoid();
    }

    /** All versions, newest first. */
    static Uni<List<OlderVersion>> versions(SqlClient client, String name) {
        return client.preparedQuery(VERSIONS).execute(Tuple.of(name)).map(rows -> Rows.all(rows, ModuleTable::version));
    }

    private static OlderVersion version(Row row) {
        return new OlderVersion(
                row.getString("sha256"),
                row.getLong("version"),
                row.getInteger("size"),
                Rows.instant(row, "uploaded_at"));
    }

    static Uni<Void> removeVersion(Work work, String name, String sha256) {
        return work.connection()
                .preparedQuery("DELETE FROM chassis_version WHERE module = $1 AND sha256 = $2")
                .execute(Tuple.of(name, sha256))
                .replaceWithVoid();
    }

    /** Removes a module that is under lock, with all its versions. */
    static Uni<Void> remove(Work work, String name) {
        return work.connection()
                .preparedQuery("DELETE FROM chassis_module WHERE name = $1")
                .execute(Tuple.of(name))
                .replaceWithVoid();
    }

    /** The module without its older versions; {@code null} if there is none. */
    static Uni<StoredModule> find(SqlClient client, String name) {
        return client.preparedQuery(SHOW + "m.name = $1")
                .execute(Tuple.of(name))
                .map(rows -> rows.size() == 0 ? null : module(rows.iterator().next()));
    }

    /** One page, newest first. */
    static Uni<List<StoredModule>> page(SqlClient client, Instant before, String beforeName, int limit) {
        NewestFirst page = NewestFirst.by("m.created_at", "m.name").before(Rows.at(before), beforeName);
        Tuple values = Tuple.tuple();
        String sql = SHOW + page.condition(values) + page.order() + " LIMIT $" + (values.size() + 1);
        return client.preparedQuery(sql)
                .execute(values.addInteger(limit))
                .map(rows -> Rows.all(rows, ModuleTable::module));
    }

    private static StoredModule module(Row row) {
        return new StoredModule(
                row.getString("name"),
                row.getString("sha256"),
                row.getInteger("size"),
                List.of(row.getArrayOfStrings("imports")),
                row.getLong("version"),
                row.getString("uploaded_by"),
                Rows.instant(row, "uploaded_at"),
                Rows.instant(row, "created_at"),
                null);
    }

    /** The module with this hash, whatever its name; {@code null} if it is not kept any more. */
    public static Uni<byte[]> bytes(SqlClient client, String sha256) {
        return client.preparedQuery(BYTES)
                .execute(Tuple.of(sha256))
                .map(rows -> rows.size() == 0
                        ? null
                        : rows.iterator().next().getBuffer(0).getBytes());
    }

    /** How many bytes it has, 0 if it is not kept any more. */
    public static Uni<Integer> size(SqlClient client, String sha256) {
        return client.preparedQuery(SIZE)
                .execute(Tuple.of(sha256))
                .map(rows -> rows.size() == 0 ? 0 : rows.iterator().next().getInteger(0));
    }
}
