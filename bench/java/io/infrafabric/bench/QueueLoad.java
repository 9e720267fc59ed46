package io.infrafabric.bench;

import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;

/**
 * Tasks that are written into the database of a fabric without its REST API, where submitting them would take minutes. The rows
 * are those that submits leave, without history and events.
 */
record QueueLoad(Pool database) {
    private static final String ROWS = """
            INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, estimated_cost, requires, concurrency,
                   fair_by, max_attempts, submitted_by, body_hash, state, open_deps)
            SELECT $5 || n, $1, 'bench', $domains, '{}', $3, $4::text::numeric, $requires, $concurrency,
                   $fair, 3, 'bench-load', '', $state
              FROM generate_series(1, $2::int) n
            """;

    private static final String LINKS = """
            INSERT INTO coordinator_dependency (task, depends_on)
            SELECT $1 || '-' || n, $1 FROM generate_series(1, $2::int) n
            """;

    /** What all of them have; SQL where it stands for a column, in which {@code n} is the number of the task. */
    record Kind(String domains, String requires, String concurrency, String fairBy, String price, String state) {
        static final Kind PLAIN = new Kind("'{}'", "NULL", "NULL", "NULL", null, "'QUEUED', 0");

        Kind domains(String array) {
            return new Kind(array, requires, concurrency, fairBy, price, state);
        }

        Kind requires(String array) {
            return new Kind(domains, array, concurrency, fairBy, price, state);
        }

        Kind concurrency(String array) {
            return new Kind(domains, requires, array, fairBy, price, state);
        }

        Kind fairBy(String key) {
            return new Kind(domains, requires, concurrency, key, price, state);
        }

        Kind price(String dollars) {
            return new Kind(domains, requires, concurrency, fairBy, dollars, state);
        }

        private Kind waiting() {
            return new Kind(domains, requires, concurrency, fairBy, price, "'WAITING', 1");
        }
    }

    /** Queues so many in that swarm. */
    void queue(String swarm, int count, int priority, Kind kind) {
        queue(swarm, swarm + "-front-", count, priority, kind);
    }

    private void queue(String swarm, String ids, int count, int priority, Kind kind) {
        String sql = ROWS.replace("$domains", kind.domains() + "::text[]")
                .replace("$requires", kind.requires() + "::text[]")
                .replace("$concurrency", kind.concurrency() + "::text[]")
                .replace("$fair", kind.fairBy() + "::text")
                .replace("$state", kind.state());
        Ground.await(database.preparedQuery(sql).execute(Tuple.of(swarm, count, (short) priority, kind.price(), ids)));
    }

    /** Has so many wait in that swarm for a task. */
    void dependants(String swarm, String task, int count, int priority) {
        queue(swarm, task + "-", count, priority, Kind.PLAIN.waiting());
        Ground.await(database.preparedQuery(LINKS).execute(Tuple.of(task, count)));
    }

    /** Has the database know what is there. */
    void analyze() {
        Ground.await(database.query("ANALYZE").execute());
    }

    /** Whether some of a swarm wait for another task. */
    boolean waits(String swarm) {
        return Ground.await(database.preparedQuery(
                                "SELECT EXISTS (SELECT FROM coordinator_task WHERE swarm = $1 AND state = 'WAITING')")
                        .execute(Tuple.of(swarm)))
                .iterator()
                .next()
                .getBoolean(0);
    }
}
