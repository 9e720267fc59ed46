package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** How many connections PostgreSQL allows this login in this database, all processes together. */
@Singleton
public final class ConnectionLimit {
    /** Without those that are kept for superusers and for {@code pg_use_reserved_connections} (PostgreSQL 16). -1: no limit. */
    private static final String ALLOWED = "SELECT least(current_setting('max_connections')::int"
            + " - current_setting('superuser_reserved_connections')::int"
            + " - coalesce(current_setting('reserved_connections', true)::int, 0),"
            + " nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1)) FROM pg_roles r, pg_database d"
            + " WHERE r.rolname = current_user AND d.datname = current_database()";

    private final Pool pool;

    @Inject
    ConnectionLimit(Pool pool) {
        this.pool = pool;
    }

    /** Asks the database. */
    public Uni<Integer> ask() {
        return pool.query(ALLOWED).execute().map(rows -> rows.iterator().next().getInteger(0));
    }
}
