package io.infrafabric.door.input;

import io.infrafabric.door.DoorConfig;
import io.infrafabric.door.answer.ProblemWriter;
import io.infrafabric.input.AgentPath;
import io.infrafabric.input.Unicode;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tells web pages of other origins that they may not call, if some may ({@link DoorConfig#corsOrigins()}). Quarkus would
 * refuse the same calls, right after this and without a word. The address of MCP takes calls of named pages only, even if
 * none is named: a page that has made its own name lead here (DNS rebinding) must not reach it.
 */
@Singleton
public class Origins {
    // Right before Quarkus looks at the origin (-300).
    private static final int ROUTE_ORDER = -310;

    private static final String ANY = "*";

    private final Set<String> named;
    private final ProblemWriter writer;

    @Inject
    Origins(DoorConfig config, ProblemWriter writer) {
        this.named = config.corsOrigins().stream()
                .flatMap(origins -> Stream.of(origins.split(",")))
                .map(String::strip)
                .filter(origin -> !origin.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
        this.writer = writer;
    }

    void atTheRouter(@Observes Router router) {
        if (!named.isEmpty() && !named.contains(ANY)) {
            router.route().order(ROUTE_ORDER).handler(this::check);
        } else if (named.isEmpty()) {
            router.route(AgentPath.MCP + "*").order(ROUTE_ORDER).handler(this::check);
        }
    }

    private void check(RoutingContext context) {
        HttpServerRequest request = context.request();
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        HostAndPort called = request.authority();
        if (origin == null
                || named.contains(origin)
                || (called != null && isSame(origin, request.scheme(), called.host(), called.port()))) {
            context.next();
            return;
        }
        context.response().putHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        BodyLimit.refuse(
                context,
                writer,
                Problem.of(
                        Code.IF_ERR_ORIGIN_NOT_ALLOWED,
                        "Web pages of " + Unicode.inOneLine(origin) + " may not call this fabric."));
    }

    /** Whether a page of this origin came from where it calls; a port that is left out ({@code -1}) is the usual one. */
    static boolean isSame(String origin, String scheme, String host, int port) {
        try {
            URI page = URI.create(origin);
            return scheme.equalsIgnoreCase(page.getScheme())
                    && host.equalsIgnoreCase(page.getHost())
                    && port(scheme, port) == port(scheme, page.getPort())
                    && page.getRawPath().isEmpty();
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static int port(String scheme, int port) {
        if (port > 0) {
            return port;
        }
        return scheme.equalsIgnoreCase("https") ? 443 : 80;
    }
}
