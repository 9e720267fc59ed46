package io.infrafabric.door.input;

import io.infrafabric.door.answer.AllowedMethods;
import io.infrafabric.door.answer.ProblemWriter;
import io.infrafabric.input.Unicode;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Checks the head of a call first: the address must be text, and the formats that it names must be formats. Frameworks
 * further in take this for granted, and fail.
 */
@Singleton
public class Intake {
    // After Farewell, before BodyLimit.
    private static final int ROUTE_ORDER = -5;

    private static final Pattern ANYTHING = Pattern.compile("^\\*(?=\\s*(?:;|$))");
    private static final Pattern WEIGHT = Pattern.compile("(?<=[;\\s])q=\\.(?=[0-9])");

    private static final int BAD_REQUEST = 400;
    private static final String READ = "s2.intake.read";

    private final ProblemWriter writer;
    private final AllowedMethods methods;

    @Inject
    Intake(ProblemWriter writer, AllowedMethods methods) {
        this.writer = writer;
        this.methods = methods;
    }

    void atTheRouter(@Observes Router router) {
        router.route().order(ROUTE_ORDER).handler(this::check).failureHandler(this::refuseUnread);
    }

    /** What the router itself cannot read (an address, a missing host) fails before it comes to a handler. */
    private void refuseUnread(RoutingContext context) {
        if (context.statusCode() != BAD_REQUEST || context.get(READ) != null) {
            context.next();
            return;
        }
        Problem problem = problemOf(context.request());
        BodyLimit.refuse(
                context,
                writer,
                problem == null ? Problem.of(Code.IF_ERR_BAD_INPUT, "The request cannot be read.") : problem);
    }

    private void check(RoutingContext context) {
        context.put(READ, true);
        Problem problem = problemOf(context.request());
        if (problem != null) {
            BodyLimit.refuse(context, writer, problem);
        } else if (HttpMethod.OPTIONS.equals(context.request().method())) {
            sayTheMethods(context);
        } else {
            context.next();
        }
    }

    private void sayTheMethods(RoutingContext context) {
        Set<String> allowed = methods.at(Address.normal(context.request().path()));
        if (allowed.isEmpty()) {
            context.next();
        } else {
            context.response()
                    .putHeader(HttpHeaders.ALLOW, String.join(", ", allowed))
                    .end();
        }
    }

    private static Problem problemOf(HttpServerRequest request) {
        if (hasNoHost(request)) {
            return Problem.badInput("Host", "one header with the name that was called (RFC 9112, 3.2)");
        }
        if (!Address.isText(request.path())) {
            return Problem.badInput("path", "UTF-8, percent-encoded, without NUL");
        }
        if (request.query() != null && !Address.isText(request.query())) {
            return Problem.badInput("query", "UTF-8, percent-encoded, without NUL");
        }
        String content = request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (content != null && (!isFormat(content) || content.split(";", 2)[0].indexOf('*') >= 0)) {
            return Problem.of(
                    Code.IF_ERR_UNSUPPORTED_MEDIA_TYPE,
                    "The Content-Type header names no valid media type: " + Unicode.inOneLine(content));
        }
        List<String> accepted = request.headers().getAll(HttpHeaders.ACCEPT).stream()
                .map(Intake::usual)
                .toList();
        if (!accepted.isEmpty()) {
            request.headers().set(HttpHeaders.ACCEPT.toString(), accepted);
        }
        return accepted.isEmpty() || accepted.stream().allMatch(Intake::areFormats)
                ? null
                : Problem.of(Code.IF_ERR_NOT_ACCEPTABLE, "The Accept header names no valid media type.");
    }

    private static boolean hasNoHost(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        if (request.version() == HttpVersion.HTTP_1_0 && hosts.isEmpty()) {
            // It may be missing there, but the REST layer needs one.
            request.headers().set(HttpHeaders.HOST, "localhost");
            return false;
        }
        return request.version() != HttpVersion.HTTP_2
                && (hosts.size() != 1 || hosts.getFirst().isBlank() || request.authority() == null);
    }

    /**
     * A list of formats in the usual notation. Java's own client, up to version 20, asks for {@code *; q=.2}; and a
     * list may have empty entries (RFC 9110, 5.6.1).
     */
    static String usual(String accept) {
        return Arrays.stream(accept.split(",", -1))
                .map(String::strip)
                .filter(format -> !format.isEmpty())
                .map(format -> ANYTHING.matcher(format).replaceFirst("*/*"))
                .map(format -> WEIGHT.matcher(format).replaceFirst("q=0."))
                .collect(Collectors.joining(", "));
    }

    private static boolean areFormats(String accept) {
        for (String format : accept.split(",", -1)) {
            if (!isFormat(format.strip())) {
                return false;
            }
        }
        return true;
    }

    /** Whether it is {@code type/subtype}, with parameters that can be read. */
    static boolean isFormat(String text) {
        try {
            MediaType format = MediaType.valueOf(text);
            String charset = format.getParameters().get(MediaType.CHARSET_PARAMETER);
            String weight = format.getParameters().get("q");
            return text.indexOf('/') > 0
                    && (charset == null || Charset.isSupported(charset))
                    && (weight == null || weight.matches("[01](\\.[0-9]{0,3})?"));
        } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
            return false;
        }
    }
}
