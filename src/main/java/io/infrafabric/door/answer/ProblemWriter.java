package io.infrafabric.door.answer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import org.jboss.resteasy.reactive.RestResponse;

/** Writes problems as answers: to REST calls, and to calls that never reached a resource. */
@Singleton
public class ProblemWriter {
    private final ObjectMapper mapper;

    @Inject
    ProblemWriter(ObjectMapper mapper) {
        this.mapper = mapper;
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

    /** Ends a call with the problem. */
    public void write(RoutingContext context, Problem problem) {
        HttpServerResponse response = context.response();
        if (response.ended()) {
            return;
        }
        response.setStatusCode(problem.code().status()).putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE);
        if (problem.retryAfter() > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(problem.retryAfter()));
        }
        response.end(text(problem, Identity.traceToken(context.request().getHeader(Identity.TRACE_TOKEN))));
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

    private String text(Problem problem, String traceToken) {
        try {
            return mapper.writeValueAsString(problem.body(traceToken));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The extensions of a problem must be JSON.", e);
        }
    }
}
