package io.infrafabric.door.answer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.BadJson;
import io.infrafabric.door.input.BodyLimit;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.infrafabric.problem.Unauthenticated;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.UnauthorizedException;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.Comparator;
import java.util.Set;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/**
 * Turns every failure of a REST call into a {@link Problem}. Only unexpected failures are logged, with an id that is
 * also in the answer; the answer does not show the cause ({@link Failures}).
 */
@Singleton
public class ProblemMappers {
    private final ProblemWriter writer;
    private final CurrentVertxRequest current;
    private final Failures failures;
    private final AllowedMethods methods;

    @Inject
    ProblemMappers(ProblemWriter writer, CurrentVertxRequest current, Failures failures, AllowedMethods methods) {
        this.writer = writer;
        this.current = current;
        this.failures = failures;
        this.methods = methods;
    }

    @ServerExceptionMapper
    RestResponse<String> problem(Problem problem, ContainerRequestContext request) {
        return answer(problem, request);
    }

    /** Jackson's refusals, unwrapped. The second is named because Quarkus has a mapper for it. */
    @ServerExceptionMapper({JsonProcessingException.class, MismatchedInputException.class})
    RestResponse<String> json(JsonProcessingException e, ContainerRequestContext request) {
        return unexpected(e, request);
    }

    @ServerExceptionMapper
    RestResponse<String> violations(ConstraintViolationException e, ContainerRequestContext request) {
        return answer(ofViolations(e.getConstraintViolations()), request);
    }

    /** No such address, method or format; and Jackson's refusals, wrapped. */
    @ServerExceptionMapper
    RestResponse<String> web(WebApplicationException e, ContainerRequestContext request) {
        Problem inside = BadJson.problemIn(e);
        if (inside != null) {
            return answer(inside, request);
        }
        String path = request.getUriInfo().getPath();
        Problem problem = switch (e.getResponse().getStatus()) {
            case 400 -> Problem.of(Code.IF_ERR_BAD_INPUT, "The request cannot be read.");
            case 401 -> Unauthenticated.MISSING.problem();
            case 403 -> Problem.of(Code.IF_ERR_FORBIDDEN, "This token does not allow this.");
            case 404 -> Problem.of(Code.IF_ERR_NOT_FOUND, "There is nothing at " + path + ".");
            case 405 -> Problem.of(Code.IF_ERR_METHOD_NOT_ALLOWED, request.getMethod() + " is not for " + path + ".");
            case 406 ->
                Problem.of(
                        Code.IF_ERR_NOT_ACCEPTABLE,
                        "Nothing of " + request.getHeaderString("Accept") + " can be given.");
            case 413 -> BodyLimit.problem(-1);
            case 415 ->
                Problem.of(
                        Code.IF_ERR_UNSUPPORTED_MEDIA_TYPE, "The body is said to be " + request.getMediaType() + ".");
            default -> null;
        };
        if (problem == null) {
            return unexpected(e, request);
        }
        RestResponse<String> answer = answer(problem, request);
        if (problem.code() == Code.IF_ERR_METHOD_NOT_ALLOWED) {
            answer.getHeaders().putSingle(HttpHeaders.ALLOW, String.join(", ", methods.at(path)));
        }
        return answer;
    }

    @ServerExceptionMapper
    RestResponse<String> forbidden(ForbiddenException e, ContainerRequestContext request) {
        return answer(Problem.of(Code.IF_ERR_FORBIDDEN, "This token's role does not allow this."), request);
    }

    @ServerExceptionMapper({UnauthorizedException.class, AuthenticationFailedException.class})
    RestResponse<String> unauthenticated(SecurityException e, ContainerRequestContext request) {
        return answer(Unauthenticated.MISSING.problem(), request);
    }

    /** The database is away or too slow, or something unexpected happened. */
    @ServerExceptionMapper
    RestResponse<String> unexpected(Throwable e, ContainerRequestContext request) {
        String call = request.getMethod() + " " + request.getUriInfo().getPath();
        return answer(failures.problem(e, call, RequestLog.requestId(request)), request);
    }

    private RestResponse<String> answer(Problem problem, ContainerRequestContext request) {
        if (problem.code() == Code.IF_ERR_BODY_TOO_LARGE) {
            BodyLimit.closeSoon(current.getCurrent());
        }
        return writer.answer(problem, Identity.traceToken(request.getHeaderString(Identity.TRACE_TOKEN)));
    }

    /** The first violation by path, so that the same body always gets the same answer. */
    static Problem ofViolations(Set<ConstraintViolation<?>> violations) {
        return violations.stream()
                .min(Comparator.comparing(
                        violation -> violation.getPropertyPath().toString()))
                .map(first -> Problem.badInput(field(first.getPropertyPath().toString()), first.getMessage()))
                .orElseGet(() -> Problem.of(Code.IF_ERR_BAD_INPUT, "A value is out of bounds."));
    }

    /** Strips the method and its parameter, which come first and do not concern the caller. */
    private static String field(String path) {
        String[] nodes = path.split("\\.", 3);
        return nodes[nodes.length - 1];
    }
}
