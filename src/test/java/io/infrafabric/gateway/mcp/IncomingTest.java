package io.infrafabric.gateway.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.gateway.mcp.Incoming.Refused;
import io.infrafabric.gateway.mcp.Incoming.Request;
import io.infrafabric.gateway.mcp.Incoming.Unanswered;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How messages are read: which era they are of, and what is no message. */
class IncomingTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String META = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}";
    private static final Map<String, String> NEW =
            Map.of("MCP-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", "claim_task");

    @Test
    void a_call_of_2026_says_its_version_and_repeats_its_method_and_name() throws Exception {
        Request call = (Request) read(call("tools/call", "\"name\":\"claim_task\"," + META), NEW);
        assertThat(call.era()).isEqualTo(Era.STATELESS);
        assertThat(call.method()).isEqualTo("tools/call");
    }

    @ParameterizedTest
    @CsvSource({
        "Mcp-Name, complete_task",
        "Mcp-Name, ''",
        "Mcp-Method, tools/list",
        "MCP-Protocol-Version, 2025-11-25",
    })
    void a_header_that_says_another_thing_is_refused(String header, String value) throws Exception {
        Map<String, String> headers = new TreeMap<>(NEW);
        headers.put(header, value);
        assertThat(refusal(read(call("tools/call", "\"name\":\"claim_task\"," + META), headers)))
                .isEqualTo(-32020);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Mcp-Name", "Mcp-Method", "MCP-Protocol-Version"})
    void a_header_that_is_missing_is_refused(String header) throws Exception {
        Map<String, String> headers = new TreeMap<>(NEW);
        headers.remove(header);
        Refused refused = (Refused) read(call("tools/call", "\"name\":\"claim_task\"," + META), headers);
        assertThat(refused.fault().code()).isEqualTo(-32020);
        assertThat(refused.fault().status()).isEqualTo(400);
        assertThat(refused.fault().message()).contains(header).contains("missing");
    }

    @Test
    void a_name_that_is_no_ascii_stands_in_its_header_in_base64() throws Exception {
        Map<String, String> headers = new TreeMap<>(NEW);
        headers.put("Mcp-Name", "=?base64?w7xibGU=?=");
        assertThat(read(call("tools/call", "\"name\":\"üble\"," + META), headers))
                .isInstanceOf(Request.class);
        headers.put("Mcp-Name", "=?base64?%%%?=");
        assertThat(refusal(read(call("tools/call", "\"name\":\"üble\"," + META), headers)))
                .isEqualTo(-32020);
        headers.put("Mcp-Name", "=?base64?=");
        assertThat(refusal(read(call("tools/call", "\"name\":\"üble\"," + META), headers)))
                .isEqualTo(-32020);
    }

    @Test
    void a_version_that_nobody_speaks_is_refused_with_those_that_are_spoken() throws Exception {
        String meta = META.replace("2026-07-28", "2031-01-01");
        Refused refused = (Refused) read(
                call("tools/list", meta), Map.of("MCP-Protocol-Version", "2031-01-01", "Mcp-Method", "tools/list"));
        assertThat(refused.fault().code()).isEqualTo(-32022);
        assertThat(refused.fault().data().path("supported"))
                .extracting(JsonNode::asText)
                .contains("2026-07-28");
        assertThat(refusal(read(call("tools/list", ""), Map.of("MCP-Protocol-Version", "2024-11-05"))))
                .isEqualTo(-32022);
    }

    @Test
    void a_call_of_2026_without_its_version_in_the_body_is_told_so() throws Exception {
        Refused refused = (Refused) read(call("tools/call", "\"name\":\"claim_task\""), NEW);
        assertThat(refused.fault().code()).isEqualTo(-32602);
        assertThat(refused.fault().message()).contains("io.modelcontextprotocol/protocolVersion");
    }

    @Test
    void a_call_of_2025_needs_no_header() throws Exception {
        assertThat(((Request) read(call("tools/list", ""), Map.of())).era()).isEqualTo(Era.HANDSHAKE);
        assertThat(((Request) read(call("tools/list", ""), Map.of("MCP-Protocol-Version", "2025-06-18"))).era())
                .isEqualTo(Era.HANDSHAKE);
    }

    @Test
    void a_handshake_after_a_discovery_is_one_of_2025() throws Exception {
        assertThat(((Request) read(
                                call("initialize", "\"protocolVersion\":\"2025-11-25\""),
                                Map.of("MCP-Protocol-Version", "2026-07-28")))
                        .era())
                .isEqualTo(Era.HANDSHAKE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":2}}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
            })
    void what_wants_no_answer_gets_none(String body) throws Exception {
        assertThat(read(body, Map.of())).isInstanceOf(Unanswered.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "3",
                "\"text\"",
                "null",
                "{}",
                "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":3}",
                "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[]}",
                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]",
            })
    void what_is_no_message_is_refused(String body) throws Exception {
        assertThat(refusal(read(body, Map.of()))).isEqualTo(-32600);
    }

    private static int refusal(Incoming message) {
        return ((Refused) message).fault().code();
    }

    private static String call(String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + method + "\",\"params\":{" + params + "}}";
    }

    private static Incoming read(String body, Map<String, String> headers) throws Exception {
        return Incoming.read(JSON.readTree(body), headers::get);
    }
}
