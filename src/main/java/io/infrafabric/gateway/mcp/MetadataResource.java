package io.infrafabric.gateway.mcp;

import io.infrafabric.input.AgentPath;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** How a client of MCP identifies itself (RFC 9728): by a token that an operator made. Everybody may read it. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Path("/.well-known/oauth-protected-resource")
@Produces(MediaType.APPLICATION_JSON)
@PermitAll
@Tag(name = "gateway")
public class MetadataResource {

    /** The metadata of a protected resource; the names are the RFC's. It names no authorization server: there is none. */
    @RegisterForReflection
    @Schema(name = "ResourceMetadata")
    @SuppressWarnings("checkstyle:RecordComponentName")
    public record Metadata(String resource, List<String> bearer_methods_supported, String resource_name) {}

    @GET
    @Operation(summary = "How clients identify themselves")
    public Metadata all(@Context RoutingContext request) {
        return metadata(request);
    }

    @GET
    @Path("/gateway/mcp")
    @Operation(summary = "How clients of MCP identify themselves")
    public Metadata mcp(@Context RoutingContext request) {
        return metadata(request);
    }

    private static Metadata metadata(RoutingContext request) {
        return new Metadata(
                request.request().scheme() + "://" + request.request().authority() + AgentPath.MCP,
                List.of("header"),
                "S² fabric: the token of a session (POST /coordinator/sessions/{id}/tokens)");
    }
}
