package io.infrafabric.door.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bulkhead.Origin;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.door.Wire;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** More connections, heads, bodies and calls than there is room for, on a door with little room. */
@QuarkusTest
@TestProfile(CrowdTest.LittleRoom.class)
class CrowdTest {
    private static final int ROOM = 6;
    private static final int OF_ONE_SESSION = 3;
    private static final int DRIP_MILLIS = 100;
    private static final String THINGS = "/door-test/things?swarm=crowd";

    /** Little room, and little patience. */
    public static class LittleRoom implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "s2.door.max-connections", Integer.toString(ROOM),
                    "s2.door.reserved-connections", "2",
                    "s2.door.cors-origins", "https://board.example",
                    "s2.door.head-timeout", "1s",
                    "s2.door.body-timeout", "5s",
                    "s2.door.max-calls-per-session", Integer.toString(OF_ONE_SESSION),
                    "s2.coordinator.max-waiting-per-session", "2");
        }
    }

    @Inject
    DoorConfig config;

    @Inject
    Gatekeeper gatekeeper;

    @TestHTTPResource("/")
    URI door;

    private final List<Wire> wires = new ArrayList<>();

    @BeforeEach
    void theGatekeeperStandsAtTheDoor() {
        Awaitility.await().until(() -> {
            Wire wire = wire();
            return wire.call("GET", "/q/health/live", null, null).answer().status() == 200
                    && gatekeeper.connections().size() > 0;
        });
        closeAll();
    }

    @AfterEach
    void closeAll() {
        for (Wire wire : wires) {
            try {
                wire.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
        wires.clear();
        Awaitility.await().until(() -> gatekeeper.connections().size() == 0);
    }

    @Test
    void a_body_that_goes_to_a_provider_as_it_comes_may_take_longer() throws IOException {
        String ann = enrol("ann");
        try (Origin provider = Origin.of((asked, out) -> out.whole(200, asked.text()))) {
            assertThat(wire().call(
                                    "PUT",
                                    "/bulkhead/providers/slow",
                                    operator(),
                                    "{\"baseUrl\":\"" + provider.url() + "\",\"dialect\":\"none\"}")
                            .answer()
                            .status())
                    .isEqualTo(200);
            String head =
                    "POST /bulkhead/providers/slow/call/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization:"
                            + " Bearer " + ann + "\r\nContent-Length: 2\r\nContent-Type: ";
            Wire streams = wire().send(head + "text/plain\r\n\r\no");
            Wire isRead = wire().send(head + "application/json\r\n\r\n{");
            assertThat(isRead.answer().status()).isEqualTo(408);
            Wire.Answer whole = streams.send("k").answer();
            assertThat(whole.status() + whole.body()).isEqualTo("200ok");
        }
    }

    @Test
    void idle_connections_make_room() throws IOException {
        Wire known = wire();
        assertThat(known.call("GET", "/coordinator/swarms", operator(), null)
                        .answer()
                        .status())
                .isEqualTo(200);
        List<Wire> idle = new ArrayList<>();
        for (int i = 0; i < 3 * ROOM; i++) {
            idle.add(wire());
        }
        assertThat(idle.getFirst().ends()).isTrue();
        assertThat(idle.getLast()
                        .call("GET", "/q/health/live", null, null)
                        .answer()
                        .status())
                .isEqualTo(200);
        assertThat(known.call("GET", "/coordinator/swarms", operator(), null)
                        .answer()
                        .status())
                .isEqualTo(200);
    }

    @Test
    void with_calls_on_all_of_them_probes_and_operators_are_served_and_others_told_to_come_again() throws IOException {
        String ann = enrol("ann");
        String bob = enrol("bob");
        closeAll();
        for (int i = 0; i < OF_ONE_SESSION; i++) {
            wire().halfACall("/door-test/things", ann);
            wire().halfACall("/door-test/things", bob);
        }
        Awaitility.await().until(() -> gatekeeper.connections().size() == ROOM);

        Wire.Answer told = wire().call("GET", THINGS, ann, null).answer();
        assertThat(told.status()).isEqualTo(503);
        assertThat(told.head()).contains("retry-after: 1", "connection: close", "application/problem+json");
        assertThat(told.body()).contains("IF_ERR_OVERLOADED");
        assertThat(wire().call("GET", "/q/health/live", null, null).answer().status())
                .isEqualTo(200);
        assertThat(wire().call("GET", "/q/health/ready", null, null).answer().status())
                .isEqualTo(200);
        Wire operators = wire();
        assertThat(operators
                        .call("GET", "/coordinator/swarms", operator(), null)
                        .answer()
                        .status())
                .isEqualTo(200);
        assertThat(operators
                        .call("DELETE", "/coordinator/sessions/" + idOf(ann) + "/tokens", operator(), null)
                        .answer()
                        .status())
                .isEqualTo(204);
    }

    @Test
    void a_head_that_drips_ends_with_its_connection() throws IOException {
        assertThat(wire().drip("GET /q/health/live HTTP/1.1\r\nhost: door\r\nx: " + "y".repeat(1000), DRIP_MILLIS))
                .startsWith("HTTP/1.1 408 ")
                .contains("IF_ERR_TOO_SLOW");
        // The second call of a connection, too.
        Wire twice = wire();
        assertThat(twice.call("GET", "/q/health/live", null, null).answer().status())
                .isEqualTo(200);
        assertThat(twice.drip("GET /q/health/live HTTP/1.1\r\nhost: door\r\nx: " + "y".repeat(1000), DRIP_MILLIS))
                .doesNotContain("200 OK");
    }

    @Test
    void a_body_that_drips_ends_with_its_connection() throws IOException {
        String token = enrol("cyd");
        assertThat(wire().halfACall("/door-test/things", token).drip(" ", DRIP_MILLIS))
                .startsWith("HTTP/1.1 408 ")
                .contains("IF_ERR_TOO_SLOW");
        // Who is not let in is answered at once, and may not go on either.
        assertThat(wire().halfACall("/door-test/things", null).drip(" ", DRIP_MILLIS))
                .startsWith("HTTP/1.1 401 ");
    }

    @Test
    void a_session_has_so_many_calls_under_way() throws IOException {
        String token = enrol("dan");
        closeAll();
        for (int i = 0; i < OF_ONE_SESSION; i++) {
            wire().halfACall("/door-test/things", token);
        }
        Awaitility.await().until(() -> gatekeeper.connections().size() == OF_ONE_SESSION);
        Wire.Answer told = Awaitility.await()
                .until(() -> wire().call("GET", THINGS, token, null).answer(), answer -> answer.status() == 429);
        assertThat(told.head()).contains("retry-after: 1");
        assertThat(told.body()).contains("IF_ERR_TOO_MANY_CALLS");
        closeAll();
        Awaitility.await()
                .until(() -> wire().call("GET", THINGS, token, null).answer().status() == 200);
    }

    @Test
    void a_session_waits_in_so_many_calls_be_it_for_a_task_or_a_notice() throws IOException {
        String token = enrol("eva");
        String own = "/coordinator/sessions/" + idOf(token);
        closeAll();
        wire().call("POST", own + "/claims", token, "{\"waitSeconds\":20}");
        wire().call("GET", own + "/inbox?waitSeconds=20", token, null);
        Awaitility.await().until(() -> gatekeeper.connections().size() == 2);
        Wire.Answer told = Awaitility.await()
                .until(
                        () -> wire().call("GET", own + "/inbox?waitSeconds=1", token, null)
                                .answer(),
                        answer -> answer.status() == 429);
        assertThat(told.body()).contains("waits in 2 calls", "IF_ERR_TOO_MANY_CALLS");
        assertThat(wire().call("POST", own + "/claims", token, "{\"waitSeconds\":1}")
                        .answer()
                        .status())
                .isEqualTo(429);
        assertThat(wire().call("GET", own + "/inbox", token, null).answer().status())
                .isEqualTo(200);
    }

    @Test
    void a_page_of_a_named_origin_may_call_and_others_may_not() throws IOException {
        String asks = "OPTIONS " + THINGS + " HTTP/1.1\r\nhost: door\r\naccess-control-request-method: GET\r\n"
                + "access-control-request-headers: authorization\r\norigin: ";
        Wire.Answer named = wire().send(asks + "https://board.example\r\n\r\n").answer();
        assertThat(named.status()).isEqualTo(200);
        assertThat(named.head())
                .contains(
                        "access-control-allow-origin: https://board.example",
                        "access-control-allow-headers: authorization");
        Wire.Answer other = wire().send(asks + "https://other.example\r\n\r\n").answer();
        assertThat(other.status()).isEqualTo(403);
        assertThat(other.head())
                .contains("application/problem+json", "vary: origin")
                .doesNotContain("access-control-allow-origin");
        assertThat(other.body()).contains("IF_ERR_ORIGIN_NOT_ALLOWED", "https://other.example");
        assertThat(wire().send("GET " + THINGS + " HTTP/1.1\r\nhost: door\r\norigin: https://other.example\r\n"
                                + Wire.bearer(operator()) + "\r\n")
                        .answer()
                        .body())
                .contains("IF_ERR_ORIGIN_NOT_ALLOWED");
        assertThat(wire().send("GET " + THINGS + " HTTP/1.1\r\nhost: door:81\r\norigin: http://door:81\r\n"
                                + Wire.bearer(operator()) + "\r\n")
                        .answer()
                        .status())
                .isEqualTo(200);
        assertThat(wire().send("GET " + THINGS + " HTTP/1.1\r\nhost: door\r\norigin: https://board.example\r\n"
                                + Wire.bearer(operator()) + "\r\n")
                        .answer()
                        .head())
                .startsWith("http/1.1 200")
                .contains("access-control-allow-origin: https://board.example", "access-control-expose-headers: ");
    }

    @Test
    void an_address_and_headers_beyond_their_limits_are_refused_with_a_problem() throws IOException {
        Wire.Answer address =
                wire().call("GET", "/" + "x".repeat(10_000), operator(), null).answer();
        assertThat(address.status()).isEqualTo(414);
        assertThat(address.head()).contains("application/problem+json", "connection: close");
        assertThat(address.body()).contains("IF_ERR_ADDRESS_TOO_LONG");
        Wire.Answer headers = wire().send("GET / HTTP/1.1\r\nhost: door\r\nx: " + "y".repeat(40_000) + "\r\n\r\n")
                .answer();
        assertThat(headers.status()).isEqualTo(431);
        assertThat(headers.body()).contains("IF_ERR_HEADERS_TOO_LARGE");
    }

    @Test
    void a_connection_has_so_many_streams() throws IOException {
        byte[] emptySettings = {0, 0, 0, 4, 0, 0, 0, 0, 0};
        Wire wire = wire().send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").send(emptySettings);
        byte[] frame = wire.read(9);
        assertThat(frame[3]).as("SETTINGS").isEqualTo((byte) 4);
        byte[] settings = wire.read(frame[2] & 0xff);
        int streams = -1;
        for (int i = 0; i < settings.length; i += 6) {
            if (settings[i + 1] == 3) {
                streams = ((settings[i + 4] & 0xff) << 8) | (settings[i + 5] & 0xff);
            }
        }
        assertThat(streams).isEqualTo(100);
    }

    private Wire wire() throws IOException {
        Wire wire = new Wire(door);
        wires.add(wire);
        return wire;
    }

    private String operator() {
        return config.operatorToken().orElseThrow();
    }

    /** Enrols a session of its own, and gives a token of it. */
    private String enrol(String name) throws IOException {
        String session = "/coordinator/sessions/" + name + "-" + UUID.randomUUID();
        try (Wire wire = new Wire(door)) {
            Wire.Answer made = wire.call("PUT", session, operator(), "{\"swarm\":\"crowd\"}")
                    .answer();
            assertThat(made.status()).as(made.body()).isIn(200, 201);
            String issued = wire.call("POST", session + "/tokens", operator(), "{}")
                    .answer()
                    .body();
            return issued.replaceFirst(".*\"token\":\"([^\"]+)\".*", "$1");
        }
    }

    private static String idOf(String token) {
        String claims =
                new String(java.util.Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), StandardCharsets.UTF_8);
        return claims.replaceFirst(".*\"sub\":\"([^\"]+)\".*", "$1");
    }
}
