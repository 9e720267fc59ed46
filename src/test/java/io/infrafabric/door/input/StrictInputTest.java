package io.infrafabric.door.input;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.door.Wire;
import io.infrafabric.input.Cursor;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What no call may bring in, tried at the real resources: all lists of the OpenAPI document, and some that take bodies. */
@QuarkusTest
class StrictInputTest {
    private static final List<String> NO_MOMENTS = List.of(
            "+294277-01-01T00:00:00Z",
            "-4713-01-01T00:00:00Z",
            "+1000000000-01-01T00:00:00Z",
            "-1000000000-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "1795884064893",
            "1e300",
            "2026-01-01T00:00:00Z\0");
    private static final String SWARM = "strict-" + UUID.randomUUID();

    @Inject
    DoorConfig config;

    @Inject
    ObjectMapper mapper;

    @TestHTTPResource("/")
    URI door;

    /** A list of the document: its path, and the names of its parameters. */
    private record Listing(String path, List<String> parameters) {}

    @Test
    void no_list_takes_a_moment_beyond_the_database_nul_an_empty_value_or_a_foreign_cursor() throws IOException {
        List<Listing> lists = lists();
        assertThat(lists)
                .hasSizeGreaterThan(20)
                .anyMatch(list -> list.parameters().contains("cursor"));
        List<String> wrong = new ArrayList<>();
        for (Listing list : lists) {
            for (String parameter : list.parameters()) {
                for (String value : wrongValues(parameter)) {
                    String address = list.path() + "?" + parameter + "=" + value;
                    int status = raw("GET", address, "").status();
                    boolean another = parameter.equals("cursor") && !value.isEmpty() && !value.contains("%");
                    if (status != 400 && !(another && (status == 200 || status == 404))) {
                        wrong.add(status + " " + address);
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** Some cursors of one list are some of another one, too: that no list fails is enough. What it is of need not be there. */
    private List<String> wrongValues(String parameter) {
        List<String> wrong = new ArrayList<>(List.of("", "%00", "a%00b", "%ff", "%ED%A0%80", "%"));
        switch (parameter) {
            case "from", "to", "at", "since" -> NO_MOMENTS.forEach(moment -> wrong.add(escaped(moment)));
            case "cursor" ->
                NO_MOMENTS.forEach(moment -> {
                    wrong.add(Cursor.encode(moment));
                    wrong.add(Cursor.encode(moment, "a"));
                    wrong.add(Cursor.encode(moment, "00000000-0000-0000-0000-000000000000"));
                    wrong.add(Cursor.encode(moment, "1"));
                    wrong.add(Cursor.encode(moment, "a", "1"));
                    wrong.add(Cursor.encode("2026-01-01T00:00:00Z", "a\0b"));
                    wrong.add(Cursor.encode("a\0b", "c"));
                    for (long number : List.of(Long.MIN_VALUE, -1L, Long.MAX_VALUE)) {
                        wrong.add(Cursor.encode(Long.toString(number)));
                        wrong.add(Cursor.encode("2026-01-01T00:00:00Z", Long.toString(number)));
                    }
                });
            default -> {}
        }
        return wrong;
    }

    private List<Listing> lists() throws IOException {
        JsonNode paths = mapper.readTree(operator()
                        .header("Accept", "application/json")
                        .get("/q/openapi?format=json")
                        .asString())
                .path("paths");
        List<Listing> lists = new ArrayList<>();
        paths.properties().forEach(path -> {
            List<String> names = new ArrayList<>();
            for (JsonNode parameter : path.getValue().path("get").path("parameters")) {
                if (parameter.path("in").asText().equals("query")) {
                    names.add(parameter.path("name").asText());
                }
            }
            if (!names.isEmpty()) {
                String address = path.getKey()
                        .replace("{function}", "budget")
                        .replace("{account}", "org")
                        .replaceAll("\\{[^}]+}", "nothing");
                lists.add(new Listing(address, names));
            }
        });
        return lists;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"+294277-01-01T00:00:00Z\"", "1795884064893", "1e300", "\"\"", "\"1969-12-31T23:59:59Z\"", "{}"
            })
    void no_body_takes_a_moment_that_is_none(String moment) {
        refused(operator().body("{\"amount\":1,\"at\":" + moment + "}").post("/budget/accounts/org/costs"), "at");
        refused(
                operator()
                        .body("{\"swarm\":\"" + SWARM + "\",\"title\":\"t\",\"closesAt\":" + moment + "}")
                        .post("/consensus/decisions"),
                "closesAt");
    }

    static Stream<String> textsThatCannotBeKept() {
        return Stream.of("\\ud83d", "a\\ude00b", "\\ude00\\ud83d", "a\\u0000b");
    }

    @ParameterizedTest
    @MethodSource("textsThatCannotBeKept")
    void no_body_takes_text_that_cannot_be_kept(String text) {
        String task = "{\"swarm\":\"" + SWARM + "\",\"title\":\"t\",";
        String tasks = "/coordinator/tasks";
        operator().body("{}").put("/coordinator/swarms/" + SWARM);
        refused(
                operator()
                        .body("{\"swarm\":\"" + SWARM + "\",\"title\":\"" + text + "\"}")
                        .post(tasks),
                "title");
        refused(operator().body(task + "\"traceToken\":\"" + text + "\"}").post(tasks), "traceToken");
        refused(operator().body(task + "\"domains\":[\"x\",\"" + text + "\"]}").post(tasks), "domains[1]");
        refused(
                operator()
                        .body(task + "\"payload\":{\"a\":[1,\"" + text + "\"]}}")
                        .post(tasks),
                "payload");
        refused(
                operator()
                        .body(task + "\"payload\":{\"a\":{\"" + text + "\":1}}}")
                        .post(tasks),
                "payload");
        refused(operator().body(task + "\"payload\":\"" + text + "\"}").post(tasks), "payload");
        refused(operator().body("{\"name\":\"" + text + "\",\"swarm\":\"a\"}").post("/door-test/things"), "name");
    }

    /** Raw bytes that Jackson reads as half of a pair. */
    @Test
    void nor_in_any_other_encoding() throws IOException {
        byte[] start = ("{\"swarm\":\"" + SWARM + "\",\"title\":\"t").getBytes(StandardCharsets.UTF_8);
        byte[] half = {(byte) 0xed, (byte) 0xa0, (byte) 0xbd};
        byte[] body = new byte[start.length + half.length + 2];
        System.arraycopy(start, 0, body, 0, start.length);
        System.arraycopy(half, 0, body, start.length, half.length);
        body[body.length - 2] = '"';
        body[body.length - 1] = '}';
        assertThat(operator().body(body).post("/coordinator/tasks").statusCode())
                .isEqualTo(400);
        // What Jackson takes for UTF-32, and is none.
        byte[] odd = HexFormat.of().parseHex("0000feff7fffffff");
        assertThat(operator().body(odd).post("/coordinator/tasks").statusCode()).isEqualTo(400);
    }

    @Test
    void text_that_only_speaks_of_nul_is_kept() {
        String id = "t-" + UUID.randomUUID();
        operator().body("{}").put("/coordinator/swarms/" + SWARM);
        String session = "s-" + UUID.randomUUID();
        operator().body("{\"swarm\":\"" + SWARM + "\"}").put("/coordinator/sessions/" + session);
        operator()
                .body(
                        "{\"id\":\"" + id + "\",\"swarm\":\"" + SWARM
                                + "\",\"title\":\"say \\\\u0000\",\"payload\":{\"\\\\u0000\":\"\\\\\\\\u0000 \\ud83d\\ude00\"}}")
                .post("/coordinator/tasks")
                .then()
                .statusCode(201);
        operator()
                .get("/coordinator/tasks/" + id)
                .then()
                .statusCode(200)
                .body("title", equalTo("say \\u0000"))
                .body("payload.'\\\\u0000'", equalTo("\\\\u0000 \ud83d\ude00"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a\\n## Rationale", "ü", "\\u001b[2J"})
    void a_trace_token_has_one_form_wherever_it_comes_from(String token) {
        String body = "{\"swarm\":\"" + SWARM + "\",\"title\":\"t\",\"traceToken\":\"" + token + "\"}";
        refused(operator().body(body).post("/coordinator/tasks"), "traceToken");
    }

    @Test
    void formats_that_are_none_are_refused_as_formats() throws IOException {
        for (String format : List.of("garbage", "", ",", "/", "application/json;charset=x-nowhere")) {
            assertThat(raw("POST", "/coordinator/tasks", "content-type: " + format + "\r\ncontent-length: 2\r\n", "{}")
                            .status())
                    .as("Content-Type: " + format)
                    .isIn(400, 415);
            assertThat(raw("GET", "/coordinator/swarms", "accept: " + format + "\r\n")
                            .status())
                    .as("Accept: " + format)
                    .isIn(400, 406);
        }
        assertThat(raw("GET", "/coordinator/swarms", "").status()).isEqualTo(200);
        assertThat(raw("GET", "/coordinator/swarms", "accept: */*;q=0.8, application/json\r\n")
                        .status())
                .isEqualTo(200);
    }

    /** A body is of one format. A wish may be for anything, and clients of Java up to 20 say so in words of their own. */
    @Test
    void what_clients_have_always_sent_is_taken() throws IOException {
        for (String format : List.of("*/*", "application/*", "*")) {
            assertThat(raw("POST", "/coordinator/tasks", "content-type: " + format + "\r\ncontent-length: 2\r\n", "{}")
                            .status())
                    .as("Content-Type: " + format)
                    .isEqualTo(415);
        }
        for (String format : List.of(
                "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
                "*",
                "application/json,",
                ", application/json")) {
            assertThat(raw("GET", "/coordinator/swarms", "accept: " + format + "\r\n")
                            .status())
                    .as("Accept: " + format)
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/consensus/decisions?voted=yes",
                "/relation/claims?disputed=1",
                "/relation/contradictions?ended=on"
            })
    void a_switch_is_on_or_off(String list) {
        refused(operator().get(list), list.substring(list.indexOf('?') + 1, list.indexOf('=')));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"+999999999-12-31\"",
                "\"-4713-01-01\"",
                "20260131",
                "[2026,1,31]",
                "\"2026-01-31T12:00:00Z\"",
                "\"\""
            })
    void no_body_takes_a_day_that_is_none(String day) {
        refused(
                operator()
                        .body("{\"amount\":-1,\"reason\":\"x\",\"day\":" + day + "}")
                        .post("/budget/accounts/org/corrections"),
                "day");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/coordinator/tasks/%00", "/coordinator/tasks/%ff", "/coordinator/tasks/a%", "/%ED%A0%80"})
    void an_address_that_is_no_text_is_refused(String address) throws IOException {
        Wire.Answer answer = raw("GET", address, "");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.head()).contains("application/problem+json");
    }

    @Test
    void an_empty_parameter_is_no_filter() {
        operator()
                .get("/coordinator/tasks?swarm=")
                .then()
                .statusCode(400)
                .body("code", equalTo("IF_ERR_BAD_INPUT"))
                .body("field", equalTo("swarm"));
    }

    @Test
    void spellings_of_one_path_share_an_idempotency_key() {
        String id = "t-" + UUID.randomUUID();
        String key = "k-" + UUID.randomUUID();
        String session = "s-" + UUID.randomUUID();
        operator().body("{\"swarm\":\"" + SWARM + "\"}").put("/coordinator/sessions/" + session);
        String first = null;
        for (String path :
                List.of("/coordinator/tasks", "/coordinator/tasks/", "/coordinator//tasks", "/coordinator/%74asks")) {
            Response answer = operator()
                    .urlEncodingEnabled(false)
                    .header("Idempotency-Key", key)
                    .body("{\"swarm\":\"" + SWARM + "\",\"title\":\"" + id + "\"}")
                    .post(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(201);
            first = first == null ? answer.asString() : first;
            assertThat(answer.asString()).as(path).isEqualTo(first);
        }
    }

    @Test
    void refusals_of_anybody_use_up_no_labels() {
        for (int i = 0; i < 400; i++) {
            given().get("/coordinator/tasks/anonymous-" + i);
        }
        given().request("ANONYMOUS", "/coordinator/tasks/anonymous");
        operator().get("/budget/accounts/nobody-" + UUID.randomUUID());
        operator().get("/coordinator/swarms").then().statusCode(200);
        String metrics = operator().get("/q/metrics").asString();
        assertThat(metrics).contains("uri=\"/coordinator/swarms\"").doesNotContain("anonymous", "ANONYMOUS", "nobody-");
    }

    private void refused(Response answer, String field) {
        answer.then().statusCode(400).body("code", equalTo("IF_ERR_BAD_INPUT")).body("field", equalTo(field));
    }

    private Wire.Answer raw(String method, String address, String headers) throws IOException {
        return raw(method, address, headers, "");
    }

    private Wire.Answer raw(String method, String address, String headers, String body) throws IOException {
        try (Wire wire = new Wire(door)) {
            return wire.send(method + " " + address + " HTTP/1.1\r\nhost: door\r\n"
                            + Wire.bearer(config.operatorToken().orElseThrow()) + headers + "\r\n" + body)
                    .answer();
        }
    }

    private static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private RequestSpecification operator() {
        return given().header(
                        "Authorization", "Bearer " + config.operatorToken().orElseThrow())
                .contentType("application/json");
    }
}
