package io.infrafabric.gateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A message of a client, as read from a body and its headers. */
sealed interface Incoming {
    String VERSION_HEADER = "MCP-Protocol-Version";
    String METHOD_HEADER = "Mcp-Method";
    String NAME_HEADER = "Mcp-Name";
    String META_VERSION = "io.modelcontextprotocol/protocolVersion";

    Pattern ENCODED = Pattern.compile("=\\?base64\\?(.*)\\?=");

    /** Which parameter the header repeats. */
    Map<String, String> NAMED = Map.of("tools/call", "name", "prompts/get", "name", "resources/read", "uri");

    /**
     * A call, to be answered.
     *
     * @param id a text or a number
     * @param params missing if there are none
     */
    record Request(JsonNode id, String method, JsonNode params, Era era) implements Incoming {
        /** What came with the call besides its parameters; missing if nothing did. */
        JsonNode meta() {
            return params.path("_meta");
        }
    }

    /** Nobody waits for an answer: a notification, or a client's answer to a question that nobody asked. */
    record Unanswered() implements Incoming {}

    /** No message that can be served. {@code id} is {@code null} if it has none that can be read. */
    record Refused(JsonNode id, Fault fault) implements Incoming {}

    /**
     * Reads a message.
     *
     * @param header the value of a header by its name, {@code null} if it is not there
     */
    static Incoming read(JsonNode body, UnaryOperator<String> header) {
        if (body == null || body.isMissingNode()) {
            return new Refused(null, Fault.invalid("The body is empty; a JSON-RPC message was expected."));
        }
        if (body.isArray()) {
            return new Refused(null, Fault.invalid("One message in a call: batches are not taken."));
        }
        if (!body.isObject() || !"2.0".equals(body.path("jsonrpc").textValue())) {
            return new Refused(
                    id(body), Fault.invalid("A JSON-RPC 2.0 message was expected: {\"jsonrpc\": \"2.0\", …}."));
        }
        JsonNode method = body.path("method");
        if (method.isMissingNode() && (body.has("result") || body.has("error"))) {
            return new Unanswered();
        }
        if (!method.isTextual()) {
            return new Refused(id(body), Fault.invalid("method: a text was expected."));
        }
        if (!body.has("id")) {
            return new Unanswered();
        }
        JsonNode id = id(body);
        if (id == null) {
            return new Refused(null, Fault.invalid("id: a text or a whole number was expected."));
        }
        JsonNode params = body.has("params") ? body.get("params") : MissingNode.getInstance();
        if (!params.isObject() && !params.isMissingNode()) {
            return new Refused(id, Fault.invalid("params: an object was expected."));
        }
        return request(id, method.textValue(), params, header);
    }

    private static JsonNode id(JsonNode body) {
        JsonNode id = body.path("id");
        return id.isTextual() || id.isIntegralNumber() ? id : null;
    }

    private static Incoming request(JsonNode id, String method, JsonNode params, UnaryOperator<String> header) {
        JsonNode claimed = params.path("_meta").path(META_VERSION);
        String said = header.apply(VERSION_HEADER);
        if (claimed.isMissingNode() && !(Era.NEWEST.equals(said) && !method.equals("initialize"))) {
            // The handshake says its version in its parameters.
            return said == null || Era.VERSIONS.contains(said)
                    ? new Request(id, method, params, Era.HANDSHAKE)
                    : new Refused(id, Fault.version(said));
        }
        if (!claimed.isTextual()) {
            return new Refused(
                    id,
                    Fault.badEnvelope("params._meta lacks " + META_VERSION + ", which each call of 2026-07-28 has."));
        }
        Fault fault = stateless(method, params, claimed.textValue(), said, header);
        return fault == null ? new Request(id, method, params, Era.STATELESS) : new Refused(id, fault);
    }

    private static Fault stateless(
            String method, JsonNode params, String version, String said, UnaryOperator<String> header) {
        if (said != null && !said.equals(version)) {
            return mismatch(VERSION_HEADER, said, META_VERSION, version);
        }
        if (!version.equals(Era.NEWEST)) {
            return Fault.version(version);
        }
        if (said == null) {
            return Fault.headers("The header " + VERSION_HEADER + " is missing.");
        }
        String repeated = header.apply(METHOD_HEADER);
        if (!method.equals(repeated)) {
            return mismatch(METHOD_HEADER, repeated, "method", method);
        }
        String parameter = NAMED.get(method);
        JsonNode name = parameter == null ? MissingNode.getInstance() : params.path(parameter);
        if (!name.isTextual()) {
            return null; // The method says what it lacks.
        }
        String named = header.apply(NAME_HEADER);
        return name.textValue().equals(decoded(named))
                ? null
                : mismatch(NAME_HEADER, named, "params." + parameter, name.textValue());
    }

    private static Fault mismatch(String header, String said, String member, String value) {
        return Fault.headers(
                said == null
                        ? "The header " + header + " is missing."
                        : "The header " + header + " says another thing than " + member + ", which is " + value + ".");
    }

    /** A value that is no plain ASCII stands there as {@code =?base64?…?=}; {@code null} if that cannot be read. */
    private static String decoded(String value) {
        Matcher encoded = value == null ? null : ENCODED.matcher(value);
        if (encoded == null || !encoded.matches()) {
            return value;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(encoded.group(1));
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
