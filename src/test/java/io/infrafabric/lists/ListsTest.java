package io.infrafabric.lists;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.Servers;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.mutiny.Multi;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/**
 * Every list with every filter reads what it shows, and next to nothing of what it does not: ten rows that match stand
 * beside thousands that do not. The lists are those of the OpenAPI document. What is read is counted by PostgreSQL, so no time
 * is measured.
 */
@QuarkusTest
@TestProfile(ListsTest.Own.class)
class ListsTest {
    /** Rows that match nothing, for each list; {@code -Ds2.lists.rows=1000000} takes minutes. */
    private static final int NOISE = Integer.getInteger("s2.lists.rows", 4000);

    /** Rows and entries of indices that a page of ten may read, whatever stands beside it. */
    private static final long MOST_READ = 600;

    private static final int SHOWN = 10;
    private static final int CONNECTIONS = 5;
    /** Others read meanwhile, too: the least of so many tries is the call's own. */
    private static final int TRIES = 4;

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** How much of a list, and from where: no filters. */
    private static final Set<String> PLACES = Set.of("limit", "cursor", "after", "waitSeconds");

    /** What other tests add. */
    private static final String TESTS_OWN = "/door-test/";

    private static final String READ = """
            SELECT (SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_user_tables
                     WHERE relname NOT LIKE 'bus\\_%' OR relname = 'bus_dead_letter')
                 + (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes
                     WHERE relname NOT LIKE 'bus\\_%' OR relname = 'bus_dead_letter') AS read
            """;

    /** Servers of its own, since what is loaded is much; and few connections, since all are asked for what they read. */
    public static class Own implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.datasource.reactive.max-size", Integer.toString(CONNECTIONS));
        }

        @Override
        public List<TestResourceEntry> testResources() {
            return List.of(new TestResourceEntry(OwnServers.class));
        }
    }

    /** An empty PostgreSQL and Redis. */
    public static class OwnServers implements QuarkusTestResourceLifecycleManager {
        private Servers servers;

        @Override
        public Map<String, String> start() {
            servers = Servers.start();
            String postgres = servers.settings().get("S2_POSTGRES_URL");
            return Map.of(
                    "quarkus.datasource.reactive.url",
                    postgres,
                    "quarkus.datasource.jdbc.url",
                    "jdbc:" + postgres,
                    "quarkus.datasource.username",
                    servers.settings().get("S2_POSTGRES_USER"),
                    "quarkus.datasource.password",
                    "none",
                    "quarkus.redis.hosts",
                    servers.redisUrl());
        }

        @Override
        public void stop() {
            servers.close();
        }
    }

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    Pool pool;

    @Inject
    Tokens tokens;

    private final Map<String, String> issued = new HashMap<>();
    private Api api;

    @Test
    void every_list_with_every_filter_reads_what_it_shows() {
        api = new Api(fabric.toString().replaceAll("/$", ""));
        Map<String, Set<String>> lists = lists();
        assertThat(lists).hasSizeGreaterThan(15);
        Map<String, ListFile> files = new TreeMap<>();
        List<String> wrong = new ArrayList<>();
        lists.forEach((path, filters) -> {
            ListFile file = ListFile.of(path, noise(path), MOST_READ);
            if (file == null) {
                wrong.add("no rows for the list " + path + ": see src/test/resources/lists/README.md");
            } else {
                Set<String> missing = new TreeSet<>(filters);
                missing.removeAll(file.filters());
                missing.forEach(filter -> wrong.add("no rows for the filter " + filter + " of " + path));
                files.put(path, file);
            }
        });
        // Connections keep the plans that they made while the tables were empty, up to when these are analysed.
        files.values().forEach(file -> file.calls().forEach(this::ask));
        files.values().forEach(this::load);
        run("ANALYZE");
        files.values().forEach(file -> file.calls().forEach(call -> check(call, file.mostRead(), wrong)));
        assertThat(wrong).isEmpty();
    }

    @Test
    void the_page_of_a_swarm_counts_up_to_a_bound() {
        api = new Api(fabric.toString().replaceAll("/$", ""));
        run("INSERT INTO coordinator_swarm (id) VALUES ('old')");
        run(
                "INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, max_attempts, submitted_by, body_hash,"
                        + " state) SELECT 'old-' || i, 'old', 't', '{}', '{}', 1, 3, 'operator:o', 'h',"
                        + " CASE WHEN i <= 3 THEN 'QUEUED' ELSE 'DONE' END FROM generate_series(1, 15000) i");
        run("INSERT INTO coordinator_session (id, swarm, domains, tools, max_tasks, heartbeat_seconds, state)"
                + " SELECT 'old-' || i, 'old', '{}', '{}', 1, 60, 'LEFT' FROM generate_series(1, 10000) i");
        run("ANALYZE coordinator_task, coordinator_session");
        long least = Long.MAX_VALUE;
        JsonNode page = null;
        for (int i = 0; i < TRIES; i++) {
            long before = read();
            page = api.get("/coordinator/swarms/old", operator).body();
            least = Math.min(least, read() - before);
        }
        assertThat(page.path("tasks").path("QUEUED").asInt()).isEqualTo(3);
        assertThat(page.path("tasks").path("DONE").asInt()).isEqualTo(10_000);
        assertThat(page.path("sessions").path("LEFT").asInt()).isEqualTo(10_000);
        assertThat(page.path("atLeast")).extracting(JsonNode::asText).containsExactly("tasks.DONE");
        assertThat(least).isLessThan(20_000 + MOST_READ);
    }

    /** How many rows that match nothing this list gets. */
    int noise(String path) {
        return NOISE;
    }

    /** The filters of each list that the document has. */
    private Map<String, Set<String>> lists() {
        Answer document = api.get("/q/openapi?format=json", operator);
        Map<String, Set<String>> lists = new TreeMap<>();
        document.body().path("paths").properties().forEach(path -> {
            Set<String> parameters = new TreeSet<>();
            for (JsonNode parameter : path.getValue().path("get").path("parameters")) {
                if (parameter.path("in").asText().equals("query")) {
                    parameters.add(parameter.path("name").asText());
                }
            }
            if (parameters.contains("limit") && !path.getKey().startsWith(TESTS_OWN)) {
                parameters.removeAll(PLACES);
                lists.put(path.getKey(), parameters);
            }
        });
        return lists;
    }

    private void load(ListFile file) {
        file.statements().forEach(this::run);
    }

    private void check(ListFile.Call call, long most, List<String> wrong) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < TRIES && least > most; i++) {
            long before = read();
            Answer answer = ask(call);
            least = Math.min(least, read() - before);
            if (answer.status() != 200 || answer.body().path("items").size() != SHOWN) {
                wrong.add(call.caller() + " " + call.path() + ": " + answer.status() + " with "
                        + answer.body().path("items").size() + " items " + answer.code());
                return;
            }
        }
        if (least > most) {
            wrong.add(call.caller() + " " + call.path() + " read " + least);
        }
    }

    private Answer ask(ListFile.Call call) {
        String path = call.path() + (call.path().contains("?") ? "&" : "?") + "limit=" + SHOWN;
        return api.get(path, token(call.caller()));
    }

    private String token(String caller) {
        return issued.computeIfAbsent(caller, _ -> {
            if (caller.equals("operator")) {
                return operator;
            }
            Caller who = caller.equals("few")
                    ? new Caller("few", "few", Role.OPERATOR)
                    : new Caller(caller.substring("session:".length()), "few", Role.SESSION);
            return tokens.issue(who, null).await().atMost(PATIENCE).token();
        });
    }

    /** What was read so far. PostgreSQL counts by connection, and adds that up when it is told to. */
    private long read() {
        List<SqlConnection> all = IntStream.range(0, CONNECTIONS)
                .mapToObj(_ -> pool.getConnection().await().atMost(PATIENCE))
                .toList();
        all.forEach(connection -> query(connection, "SELECT pg_stat_force_next_flush()"));
        long read = query(all.getFirst(), READ);
        all.forEach(connection -> connection.close().await().atMost(PATIENCE));
        return read;
    }

    private static long query(SqlConnection connection, String sql) {
        Object first = connection
                .query(sql)
                .execute()
                .map(rows -> rows.iterator().next().getValue(0))
                .await()
                .atMost(PATIENCE);
        return first instanceof Number number ? number.longValue() : 0;
    }

    void run(String sql) {
        pool.withConnection(connection -> Multi.createFrom()
                        .items("SET statement_timeout = 0", sql, "RESET statement_timeout")
                        .onItem()
                        .transformToUniAndConcatenate(
                                each -> connection.query(each).execute().replaceWithVoid())
                        .collect()
                        .last()
                        .onFailure()
                        .transform(failed -> new IllegalStateException(sql, failed)))
                .await()
                .atMost(PATIENCE);
    }
}
