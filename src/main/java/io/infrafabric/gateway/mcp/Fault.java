package io.infrafabric.gateway.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Why a message is answered with a JSON-RPC error. What a tool refuses is no fault: it is a result that says so.
 *
 * @param status of the HTTP answer
 * @param code of JSON-RPC, or of MCP
 * @param data more for programs, or {@code null}
 */
record Fault(int status, int code, String message, JsonNode data) {
    static final int PARSE = -32700;
    static final int INVALID = -32600;
    static final int NO_METHOD = -32601;
    static final int BAD_PARAMS = -32602;
    static final int NO_RESOURCE = -32002;
    static final int REFUSED = -32000;
    static final int HEADER_MISMATCH = -32020;
    static final int UNSUPPORTED_VERSION = -32022;

    private static final int OK = 200;
    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;

    /** The body is no JSON. */
    static Fault parse(String why) {
        return new Fault(BAD_REQUEST, PARSE, why, null);
    }

    /** The body is JSON, and no message. */
    static Fault invalid(String why) {
        return new Fault(BAD_REQUEST, INVALID, why, null);
    }

    static Fault headers(String why) {
        return new Fault(BAD_REQUEST, HEADER_MISMATCH, why, null);
    }

    static Fault version(String requested) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        List<String> supported = Era.VERSIONS;
        supported.forEach(data.putArray("supported")::add);
        data.put("requested", requested);
        return new Fault(
                BAD_REQUEST,
                UNSUPPORTED_VERSION,
                "This server does not speak version " + requested + ". It speaks " + String.join(", ", supported) + ".",
                data);
    }

    /** Before 2026 a client took 404 for the end of its session, and began anew. */
    static Fault noMethod(Era era, String method) {
        return new Fault(era == Era.STATELESS ? NOT_FOUND : OK, NO_METHOD, "There is no method " + method + ".", null);
    }

    static Fault badParams(String why) {
        return new Fault(OK, BAD_PARAMS, why, null);
    }

    /** What the fabric refuses before there is anything to answer. */
    static Fault refused(String why) {
        return new Fault(OK, REFUSED, why, null);
    }

    /** A message of 2026 that lacks what every such message has. */
    static Fault badEnvelope(String why) {
        return new Fault(BAD_REQUEST, BAD_PARAMS, why, null);
    }

    static Fault noResource(Era era, String uri) {
        return new Fault(
                OK, era == Era.STATELESS ? BAD_PARAMS : NO_RESOURCE, "There is no resource " + uri + ".", null);
    }
}
