package io.infrafabric.door.answer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.AgentPath;
import io.infrafabric.input.CallPath;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jboss.resteasy.reactive.RestResponse;

/** Writes problems as answers: to REST calls, and to calls that never reached a resource. */
@Singleton
public class ProblemWriter {
    private static final String HOOKS = "/gateway/hooks/";
    private static final int FIRST_OF_OURS = 500;
    private static final int RPC_SERVER_ERROR = -32000;

    private final ObjectMapper mapper;

    @Inject
    ProblemWriter(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    private static boolean isOurs(Problem problem) {
        return problem.code().status() >= FIRST_OF_OURS;
    }

    /** The problem as the answer of a REST call. */
    RestResponse<String> answer(Problem problem, String traceToken) {
        var response = RestResponse.ResponseBuilder.<String>create(
                        problem.code().status())
                .header("Content-Type", Problem.MEDIA_TYPE)
                .entity(text(problem, traceToken));
        if (problem.retryAfter() > 0) {
            response.header("Retry-After", problem.retryAfter());
        }
        return response.build();
    }

    /** Ends a call with the problem; a hook of an agent with nothing, if we are in trouble: it must not be in the agent's way. */
    public void write(RoutingContext context, Problem problem) {
        HttpServerResponse response = context.response();
        if (response.ended()) {
            return;
        }
        if (isOurs(problem) && context.request().path().startsWith(HOOKS)) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, "application/json").end("{}");
            return;
        }
        response.setStatusCode(problem.code().status()).putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE);
        if (problem.retryAfter() > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(problem.retryAfter()));
        }
        String traceToken = Identity.traceToken(context.request().getHeader(Identity.TRACE_TOKEN));
        response.end(text(asItsClientsReadIt(problem, context.request().path()), traceToken));
    }

    /** The clients of providers, and those of MCP, read their own forms of a refusal. */
    private static Problem asItsClientsReadIt(Problem problem, String path) {
        if (AgentPath.isMcp(path)) {
            return withRpcError(problem);
        }
        return CallPath.isOne(path) ? withError(problem) : problem;
    }

    /**
     * The whole HTTP/1.1 answer to a call whose head was not even read, with a problem for this status; {@code null} if
     * this status has none.
     */
    public String bare(int status) {
        Problem problem = switch (status) {
            case 400 -> Problem.of(Code.IF_ERR_BAD_INPUT, "The head of the call is not HTTP.");
            case 408 -> Problem.of(Code.IF_ERR_TOO_SLOW, "The head of the call did not arrive in time.");
            case 414 -> Problem.of(Code.IF_ERR_ADDRESS_TOO_LONG, "Path and query are too long.");
            case 431 -> Problem.of(Code.IF_ERR_HEADERS_TOO_LARGE, "The headers are too large.");
            default -> null;
        };
        if (problem == null) {
            return null;
        }
        String body = text(problem, null);
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        return "HTTP/1.1 " + status + " " + HttpResponseStatus.valueOf(status).reasonPhrase() + "\r\ncontent-type: "
                + Problem.MEDIA_TYPE + "\r\ncontent-length: " + length + "\r\nconnection: close\r\n\r\n" + body;
    }

    /** With the members of a JSON-RPC error beside those of a problem. No call's id is known here. */
    private static Problem withRpcError(Problem problem) {
        return problem.with("jsonrpc", "2.0")
                .with(
                        "error",
                        Map.of(
                                "code",
                                RPC_SERVER_ERROR,
                                "message",
                                problem.code() + ": " + problem.getMessage() + " "
                                        + problem.code().whatToDo()));
    }

    private static Problem withError(Problem problem) {
        return problem.with(
                "error", Map.of("type", errorType(problem.code().status()), "message", problem.getMessage()));
    }

    /** The names that providers have for such refusals. */
    private static String errorType(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 503 -> "overloaded_error";
            case 504 -> "timeout_error";
            default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    }

    private String text(Problem problem, String traceToken) {
        try {
            return mapper.writeValueAsString(problem.body(traceToken));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The extensions of a problem must be JSON.", e);
        }
    }
}
