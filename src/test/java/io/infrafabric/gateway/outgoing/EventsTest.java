package io.infrafabric.gateway.outgoing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.gateway.outgoing.EventReader.Came;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class EventsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CUTS = 50;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @ConfigProperty(name = "s2.gateway.events-max-open-per-caller")
    int perCaller;

    @Inject
    MeterRegistry metrics;

    @Inject
    Pool pool;

    private Swarm swarm;
    private final List<EventReader> readers = new ArrayList<>();

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
    }

    @AfterEach
    void hang_up() {
        readers.forEach(EventReader::close);
        await().atMost(PATIENCE).until(() -> streams() == 0);
    }

    private double streams() {
        return metrics.get("s2.event.streams").gauge().value();
    }

    private EventReader reader(String query, String token, String after) {
        EventReader reader = new EventReader(fabric.resolve("/gateway/events" + query), token, after);
        readers.add(reader);
        return reader;
    }

    private static List<String> types(EventReader reader) {
        return reader.events().stream()
                .map(came -> json(came).path("type").asText())
                .toList();
    }

    private static JsonNode json(Came came) {
        try {
            return JSON.readTree(came.data());
        } catch (java.io.IOException broken) {
            throw new java.io.UncheckedIOException(broken);
        }
    }

    @Test
    void what_happens_in_a_swarm_comes_as_cloud_events() {
        EventReader reader = reader("?swarm=" + swarm.id(), operator, null);
        assertThat(reader.head().statusCode()).isEqualTo(200);
        assertThat(reader.head().headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        assertThat(reader.head().headers().firstValue("x-accel-buffering")).hasValue("no");
        await().atMost(PATIENCE).until(() -> reader.comments() > 0);
        swarm.submit("t");
        swarm.claims("anna", "t");
        await().atMost(PATIENCE).until(() -> reader.events().size() == 2);
        assertThat(types(reader)).containsExactly("s2.coordinator.task-submitted.v1", "s2.coordinator.task-claimed.v1");
        JsonNode first = json(reader.events().getFirst());
        assertThat(first.path("specversion").asText()).isEqualTo("1.0");
        assertThat(first.path("swarm").asText()).isEqualTo(swarm.id());
        assertThat(first.path("data").path("task").asText()).isEqualTo(swarm.of("t"));
        int signs = reader.comments();
        await("an idle stream says again and again that it is there")
                .atMost(PATIENCE)
                .until(() -> reader.comments() > signs + 1);
    }

    @Test
    void types_choose_among_them() {
        EventReader one = reader("?types=s2.coordinator.task-claimed.v1", swarm.token("anna"), null);
        EventReader many = reader("?types=s2.coordinator.task-*,s2.budget.*", swarm.token("anna"), null);
        swarm.submit("t");
        swarm.claims("anna", "t");
        await().atMost(PATIENCE)
                .until(() -> many.events().size() == 2 && one.events().size() == 1);
        assertThat(types(one)).containsExactly("s2.coordinator.task-claimed.v1");
    }

    @Test
    void a_reader_that_is_cut_50_times_sees_each_event_once_and_in_order() {
        Random random = new Random(40);
        String start = newest();
        Thread writer = Thread.ofVirtual().start(() -> {
            for (int i = 0; i < 3 * CUTS; i++) {
                swarm.submit("t" + i);
                swarm.api().post(swarm.task("t" + i) + "/cancel", "{\"reason\": \"test\"}", operator);
            }
        });
        List<String> seen = new ArrayList<>();
        String last = start;
        for (int cut = 0; cut < CUTS; cut++) {
            EventReader reader = new EventReader(fabric.resolve("/gateway/events"), swarm.token("anna"), last);
            int many = 1 + random.nextInt(6);
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> reader.events().size() >= many || !writer.isAlive());
            reader.close();
            for (Came came : reader.events()) {
                seen.add(came.id());
                last = came.id();
            }
        }
        await().atMost(PATIENCE).until(() -> !writer.isAlive());
        List<String> wanted = logged(start);
        EventReader rest = reader("", swarm.token("anna"), last);
        int left = wanted.size() - seen.size();
        await().atMost(PATIENCE).until(() -> rest.events().size() >= left);
        rest.events().forEach(came -> seen.add(came.id()));
        assertThat(seen).hasSizeGreaterThanOrEqualTo(6 * CUTS).containsExactlyElementsOf(wanted);
    }

    @Test
    void what_the_log_no_longer_holds_is_said() {
        EventReader beyond = reader("", swarm.token("anna"), "999999999999");
        await().atMost(PATIENCE).until(() -> beyond.events().size() == 1);
        assertThat(beyond.events().getFirst().event()).isEqualTo("gap");
        String now = newest();
        sql("UPDATE bus_dropped SET until = " + now);
        try {
            EventReader late = reader("", swarm.token("anna"), "1");
            await().atMost(PATIENCE).until(() -> !late.events().isEmpty());
            assertThat(late.events().getFirst())
                    .isEqualTo(new Came(now, "gap", "{\"after\":1,\"resumesAfter\":" + now + "}"));
            swarm.submit("t");
            await().atMost(PATIENCE).until(() -> late.events().size() == 2);
        } finally {
            sql("UPDATE bus_dropped SET until = 0");
        }
    }

    @Test
    void a_stream_ends_within_5_seconds_of_its_token() {
        EventReader reader = reader("", swarm.token("anna"), null);
        await().atMost(PATIENCE).until(() -> reader.comments() > 0);
        assertThat(swarm.api()
                        .delete(swarm.session("anna") + "/tokens", operator)
                        .status())
                .isEqualTo(204);
        await().atMost(Duration.ofSeconds(5)).until(reader::isOver);
    }

    @Test
    void another_swarm_sees_nothing_of_it() {
        Swarm other = new Swarm(fabric, operator);
        other.enrol("otto");
        EventReader others = reader("", other.token("otto"), null);
        EventReader own = reader("", swarm.token("anna"), null);
        swarm.submit("t");
        await().atMost(PATIENCE).until(() -> own.events().size() == 1);
        other.submit("theirs");
        await().atMost(PATIENCE).until(() -> others.events().size() == 1);
        assertThat(json(others.events().getFirst()).path("swarm").asText()).isEqualTo(other.id());
        assertThat(swarm.api()
                        .get("/gateway/events?swarm=" + swarm.id(), other.token("otto"))
                        .status())
                .isEqualTo(403);
    }

    @Test
    void a_session_sees_no_cases_and_only_its_own_money() {
        swarm.enrol("bert");
        EventReader all = reader("?swarm=" + swarm.id(), operator, null);
        EventReader annas = reader("", swarm.token("anna"), null);
        EventReader berts = reader("", swarm.token("bert"), null);
        assertThat(swarm.api()
                        .post(
                                "/budget/accounts/session:" + swarm.of("anna") + "/costs",
                                "{\"amount\": 60}",
                                swarm.token("anna"))
                        .status())
                .isEqualTo(200);
        await().atMost(PATIENCE)
                .until(() -> types(all).contains("s2.escalation.case-opened.v1")
                        && types(annas).contains("s2.budget.breaker-opened.v1"));
        swarm.submit("t");
        await().atMost(PATIENCE).until(() -> types(berts).contains("s2.coordinator.task-submitted.v1"));
        assertThat(types(berts)).noneMatch(type -> type.startsWith("s2.budget."));
        await().atMost(PATIENCE).until(() -> types(annas).contains("s2.coordinator.task-submitted.v1"));
        assertThat(types(annas)).noneMatch(type -> type.startsWith("s2.escalation."));
    }

    @Test
    void a_sealed_vote_stays_sealed() {
        swarm.enrol("bert");
        EventReader reader = reader("?types=s2.consensus.*", operator, null);
        String decision = swarm.of("d");
        assertThat(swarm.api()
                        .post(
                                "/consensus/decisions",
                                "{\"id\": \"" + decision + "\", \"swarm\": \"" + swarm.id()
                                        + "\", \"summary\": \"s\", \"rationale\": \"r\", \"sealed\": true, \"quorum\": 2,"
                                        + " \"electorate\": [\"" + swarm.of("anna") + "\", \"" + swarm.of("bert")
                                        + "\"]}",
                                operator)
                        .status())
                .isEqualTo(201);
        assertThat(swarm.api()
                        .post(
                                "/consensus/decisions/" + decision + "/votes",
                                "{\"vote\": \"reject\", \"rationale\": \"my reasons\"}",
                                swarm.token("anna"))
                        .status())
                .isEqualTo(201);
        assertThat(swarm.api()
                        .post(
                                "/gateway/events",
                                "{\"decision\": \"" + decision
                                        + "\", \"vote\": \"reject\", \"rationale\": \"my reasons\"}",
                                swarm.token("bert"),
                                "ce-specversion",
                                "1.0",
                                "ce-id",
                                "1",
                                "ce-source",
                                "/tests",
                                "ce-type",
                                "s2.consensus.vote-reported.v1")
                        .status())
                .isEqualTo(202);
        await().atMost(PATIENCE)
                .until(() -> types(reader).stream()
                                .filter("s2.consensus.vote-cast.v1"::equals)
                                .count()
                        == 2);
        assertThat(types(reader)).doesNotContain("s2.consensus.vote-reported.v1");
        assertThat(swarm.api()
                        .get("/gateway/events?types=s2.consensus.vote-reported.v1", operator)
                        .status())
                .as("nobody follows votes that are on their way")
                .isEqualTo(400);
        assertThat(types(reader)).contains("s2.consensus.vote-cast.v1");
        assertThat(reader.events())
                .allSatisfy(came -> assertThat(came.data().toLowerCase(java.util.Locale.ROOT))
                        .doesNotContain("\"reject\"")
                        .doesNotContain("my reasons"));
    }

    @Test
    void a_reader_that_does_not_read_is_cut_off() throws Exception {
        double before = streams();
        String start = newest();
        sql(
                "INSERT INTO bus_event (day, id, type, subject, swarm, published, envelope) SELECT (now() AT TIME ZONE 'UTC')::date,"
                        + " gen_random_uuid(), 's2.coordinator.task-failed.v1', 'task:t', '" + swarm.id()
                        + "', true, repeat('x', 200000) FROM generate_series(1, 200)");
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(new java.net.InetSocketAddress(fabric.getHost(), fabric.getPort()));
            socket.getOutputStream()
                    .write(("GET /gateway/events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: " + start
                                    + "\r\nAuthorization: Bearer " + swarm.token("anna") + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            await().atMost(PATIENCE).until(() -> streams() == before + 1);
            await().atMost(PATIENCE).until(() -> streams() == before);
        } finally {
            sql("DELETE FROM bus_event WHERE swarm = '" + swarm.id() + "' AND envelope LIKE 'x%'");
        }
    }

    @Test
    void one_caller_has_so_many_streams_and_a_place_is_free_again_when_one_ends() {
        List<EventReader> all = new ArrayList<>();
        for (int i = 0; i < perCaller; i++) {
            EventReader one = reader("", swarm.token("anna"), null);
            assertThat(one.head().statusCode()).isEqualTo(200);
            all.add(one);
        }
        Answer refused = swarm.api().get("/gateway/events", swarm.token("anna"));
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.code()).isEqualTo("IF_ERR_TOO_MANY_CALLS");
        double before = streams();
        all.getFirst().close();
        await().atMost(PATIENCE).until(() -> streams() == before - 1);
        EventReader next = reader("", swarm.token("anna"), null);
        assertThat(next.head().statusCode()).isEqualTo(200);
        swarm.submit("t");
        await().atMost(PATIENCE).until(() -> next.events().size() == 1);
    }

    @Test
    void bad_input_is_refused() {
        assertThat(swarm.api()
                        .get("/gateway/events?types=s2.nothing.v1", operator)
                        .status())
                .isEqualTo(400);
        assertThat(new EventReader(fabric.resolve("/gateway/events"), operator, "abc")
                        .head()
                        .statusCode())
                .isEqualTo(400);
    }

    private String newest() {
        return pool.query("SELECT last_value FROM bus_event_seq_seq")
                .execute()
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0)
                .toString();
    }

    private List<String> logged(String after) {
        List<String> all = new ArrayList<>();
        pool.preparedQuery("SELECT seq::text FROM bus_event WHERE swarm = $1 AND seq > $2 ORDER BY bus_event.seq")
                .execute(Tuple.of(swarm.id(), Long.parseLong(after)))
                .await()
                .atMost(PATIENCE)
                .forEach(row -> all.add(row.getString(0)));
        return all;
    }

    private void sql(String statement) {
        pool.query(statement).execute().await().atMost(PATIENCE);
    }
}
