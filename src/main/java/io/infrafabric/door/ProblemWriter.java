package io.infrafabric.door;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jboss.resteasy.reactive.RestResponse;

/** Writes problems as answers: from REST calls, and from below them, where no resource was reached. */
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
    void write(RoutingContext context, Problem problem) {
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

    private String text(Problem problem, String traceToken) {
        try {
            return mapper.writeValueAsString(problem.body(traceToken));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The extensions of a problem must be JSON.", e);
        }
    }
}
