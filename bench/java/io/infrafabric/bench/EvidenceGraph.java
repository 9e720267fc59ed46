package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bench.Fabric.Answer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;

/**
 * An evidence graph of any size in the shape of a real one: the documented claims ({@code claims.jsonl}: 125 claims, 101
 * relations) are told to the fabric once, over HTTP, and then copied in SQL with all that the fabric has made of them, so
 * that what is derived is right in every copy. Beside them is one dense component, told over HTTP as well.
 */
final class EvidenceGraph {
    static final String SWARM = "bench";

    private static final String CLAIMS = "/relation/claims/";
    private static final String RELATIONS = "/relation/relations";
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Claims and relations of the dense component; a tenth of them are dependencies, which lead downwards. */
    private static final int DENSE_CLAIMS = 60;

    private static final int DENSE_RELATIONS = 400;
    private static final int DENSE_DEPENDENCIES = 10;

    /** Copies that one statement makes. */
    private static final int AT_ONCE = 1_000;

    /** The number of a claim in copy {@code k} is greater by {@code k} times this; the statements below say so, too. */
    private static final long STRIDE = 1_000;

    /** Copies that the neighbours of a hub are in. */
    private static final long HUB_COPIES = 90;

    private static final String COPY_CLAIMS = """
            INSERT INTO relation_claim (node, id, version, swarm, session, stated_by, statement, confidence, includes,
                   excludes, falsifiers, evidence, ruling, stated_at, strength, standing, disputed, seq)
            SELECT node + k * 1000, id || '-' || k, version, swarm, session, stated_by, statement, confidence, includes,
                   excludes, falsifiers, evidence, ruling, stated_at, strength, standing, disputed, seq
              FROM generate_series($1::bigint, $2::bigint) k, relation_claim WHERE node <= $3
            """;

    private static final String COPY_RELATIONS = """
            INSERT INTO relation_edge (id, swarm, from_node, to_node, type, confidence, by, at)
            SELECT gen_random_uuid(), swarm, from_node + k * 1000, to_node + k * 1000, type, confidence, by, at
              FROM generate_series($1::bigint, $2::bigint) k, relation_edge WHERE from_node <= $3 AND until IS NULL
            """;

    private static final String COPY_CONTRADICTIONS = """
            INSERT INTO relation_contradiction (id, swarm, first_node, second_node, through_node, claim1, version1, claim2,
                   version2, through, through_version, kind, path, certainty, severity, score, resting, found_at, escalated)
            SELECT md5(id::text || k)::uuid, swarm, first_node + k * 1000, second_node + k * 1000, through_node + k * 1000,
                   claim1 || '-' || k, version1, claim2 || '-' || k, version2, through || '-' || k, through_version, kind,
                   (SELECT array_agg(regexp_replace(step, ' (.*) (.*)', '-' || k || ' \\1 \\2-' || k)) FROM unnest(path) step),
                   certainty, severity, score, resting, found_at, escalated
              FROM generate_series($1::bigint, $2::bigint) k, relation_contradiction
             WHERE first_node <= $3 AND ended_at IS NULL
            """;

    private static final String COPY_STANDINGS = """
            INSERT INTO relation_standing (node, at, strength, standing, disputed)
            SELECT node + k * 1000, at, strength, standing, disputed
              FROM generate_series($1::bigint, $2::bigint) k, relation_standing WHERE node <= $3
            """;

    private static final String COPY_SEVERITIES = """
            INSERT INTO relation_severity (contradiction, at, severity, score, resting, escalated)
            SELECT md5(s.contradiction::text || k)::uuid, at, s.severity, s.score, s.resting, s.escalated
              FROM generate_series($1::bigint, $2::bigint) k, relation_severity s
              JOIN relation_contradiction c ON c.id = s.contradiction WHERE c.first_node <= $3 AND c.ended_at IS NULL
            """;

    private static final List<String> COPY =
            List.of(COPY_CLAIMS, COPY_RELATIONS, COPY_CONTRADICTIONS, COPY_SEVERITIES, COPY_STANDINGS);

    private static final String NEIGHBOURS = """
            INSERT INTO relation_edge (id, swarm, from_node, to_node, type, confidence, by, at)
            SELECT gen_random_uuid(), f.swarm, f.node, h.node, 'SCOPED_AS', 1, 'bench', now()
              FROM relation_claim h, (SELECT * FROM relation_claim
               WHERE node > 1000 AND node / 1000 % $3 = 0 ORDER BY node % 1000, node LIMIT $2) f
             WHERE h.id = $1
            """;

    private static final String COUNT = "SELECT count(*) FROM relation_edge WHERE until IS NULL";
    private static final String LAST = "SELECT max(node) FROM relation_claim";
    private static final String CHANGES = "SELECT sum(seq)::bigint FROM relation_claim";
    private static final String UNSETTLED = "SELECT count(*) FROM relation_unsettled";

    private static final String UNSETTLE = "INSERT INTO relation_unsettled SELECT swarm, node FROM relation_claim";
    private static final String DUE =
            "INSERT INTO bus_due (function, entity, at) VALUES ('relation', 'unsettled:" + SWARM + "', now())";

    /** What the planner and the disk have to know, so that neither finds out during a measurement. */
    private static final List<String> SETTLE = List.of(
            "VACUUM (ANALYZE) relation_claim",
            "VACUUM (ANALYZE) relation_edge",
            "VACUUM (ANALYZE) relation_contradiction",
            "VACUUM (ANALYZE) relation_severity",
            "VACUUM (ANALYZE) relation_standing",
            "SELECT setval(pg_get_serial_sequence('relation_claim', 'node'), (SELECT max(node) FROM relation_claim))",
            "CHECKPOINT");

    private final Fabric fabric;
    private final Pool database;
    private final List<String> documented = new ArrayList<>();
    private final long last;
    private final long lastDense;
    private final long perCopy;
    private long copies;

    /** Tells the fabric the documented claims, and the dense component. */
    EvidenceGraph(Fabric fabric, Pool database) {
        this.fabric = fabric;
        this.database = database;
        for (JsonObject one : records()) {
            if (one.getString("kind").equals("claim")) {
                documented.add(one.getString("claim_id"));
                state(one.getString("claim_id"), claim(one));
            } else {
                relate(one.getString("from"), one.getString("type"), one.getString("to"));
            }
        }
        this.last = number(LAST);
        this.perCopy = number(COUNT);
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < DENSE_CLAIMS; i++) {
            state("dense" + i, new JsonObject().put("statement", "Dense " + i).put("confidence", 0.25 + i % 3 * 0.25));
        }
        for (int i = 0; i < DENSE_RELATIONS; ) {
            i += addDense(random, i % DENSE_DEPENDENCIES == 0 ? "depends_on" : "contradicts") == null ? 0 : 1;
        }
        this.lastDense = number(LAST);
        assertThat(lastDense).isLessThan(STRIDE);
    }

    private static List<JsonObject> records() {
        try (InputStream lines = EvidenceGraph.class.getResourceAsStream("/relation/claims.jsonl")) {
            return new String(lines.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(JsonObject::new)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonObject claim(JsonObject record) {
        JsonArray evidence = new JsonArray();
        record.getJsonArray("evidence")
                .forEach(document ->
                        evidence.add(new JsonObject().put("type", "document").put("url", document)));
        return new JsonObject()
                .put("statement", record.getString("statement"))
                .put("confidence", record.getDouble("confidence"))
                .put("scope", record.getJsonObject("scope"))
                .put("evidence", evidence)
                .put("falsifiers", record.getJsonArray("falsifiers"));
    }

    private void state(String id, JsonObject claim) {
        expect(Ground.await(fabric.put(CLAIMS + id, claim.put("swarm", SWARM))), 201);
    }

    /** Adds a relation between two claims of the dense component; {@code null} if they had one already. */
    Answer addDense(SplittableRandom random, String type) {
        int above = random.nextInt(1, DENSE_CLAIMS);
        return relate("dense" + above, type, "dense" + random.nextInt(above));
    }

    /** Adds a relation between two documented claims of one copy; {@code null} if they had one already. */
    Answer add(SplittableRandom random, String type) {
        String suffix = "-" + random.nextLong(1, copies + 1);
        int from = random.nextInt(documented.size());
        int to = (from + 1 + random.nextInt(documented.size() - 1)) % documented.size();
        return relate(documented.get(from) + suffix, type, documented.get(to) + suffix);
    }

    private Answer relate(String from, String type, String to) {
        JsonObject wish = new JsonObject().put("from", from).put("type", type).put("to", to);
        Answer answer = Ground.await(fabric.operate(RELATIONS, wish));
        if (answer.status() == 200 || answer.status() == 409) {
            return null;
        }
        return expect(answer, 201);
    }

    /** Takes back what was added. */
    void takeBack(Answer added) {
        expect(Ground.await(fabric.delete(RELATIONS + "/" + added.body().getString("id"))), 200);
    }

    /** Copies until there are about so many relations; tells how many there are. */
    long grow(long relations) {
        long wanted = (relations - DENSE_RELATIONS) / perCopy - 1;
        while (copies < wanted) {
            long to = Math.min(wanted, copies + AT_ONCE);
            Tuple range = Tuple.of(copies + 1, to, last);
            for (String sql : COPY) {
                Ground.await(database.preparedQuery(sql).execute(range));
            }
            copies = to;
        }
        SETTLE.forEach(sql -> Ground.await(database.query(sql).execute()));
        return number(COUNT);
    }

    /** Has the fabric look at every claim anew, and sees that it finds nothing to change. */
    void verify() {
        long before = number(CHANGES);
        Ground.await(database.query(UNSETTLE).execute());
        Ground.await(database.query(DUE).execute());
        Awaitility.await().atMost(PATIENCE).until(() -> number(UNSETTLED) == 0);
        assertThat(number(CHANGES)).isEqualTo(before);
    }

    /** A claim with so many neighbours, whose scopes lie within its own: some in each of as many copies at any size. */
    String hub(int neighbours) {
        String id = "hub" + copies;
        state(id, new JsonObject().put("statement", "All else is about this"));
        Ground.await(
                database.preparedQuery(NEIGHBOURS).execute(Tuple.of(id, neighbours, copies / HUB_COPIES)));
        return id;
    }

    /** Takes the hub's relations away. */
    void forget(String hub) {
        Ground.await(database.preparedQuery(
                        "DELETE FROM relation_edge WHERE to_node IN (SELECT node FROM relation_claim WHERE id = $1)")
                .execute(Tuple.of(hub)));
    }

    private long number(String sql) {
        return Ground.await(database.query(sql).execute()).iterator().next().getLong(0);
    }

    private static Answer expect(Answer answer, int status) {
        if (answer.status() != status) {
            throw new IllegalStateException("Expected " + status + ", got " + answer);
        }
        return answer;
    }
}
