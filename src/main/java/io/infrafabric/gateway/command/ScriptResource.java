package io.infrafabric.gateway.command;

import io.infrafabric.command.Canonical;
import io.quarkus.arc.properties.IfBuildProperty;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirements;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Serves the command {@code s2}: {@code curl -fsS …/gateway/s2 -o s2 && chmod +x s2}. It holds no secret, so it needs no token. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Path("/gateway/s2")
@Produces(MediaType.TEXT_PLAIN)
@Tag(name = "gateway")
public class ScriptResource {
    private static final String SCRIPT = read();
    private static final String SHA256 = Canonical.sha256(SCRIPT);

    @GET
    @Operation(summary = "The command s2, a shell script (no token needed)")
    @SecurityRequirements
    public String script() {
        return SCRIPT;
    }

    @GET
    @Path("/sha256")
    @Operation(summary = "Its checksum, as sha256sum -c reads it (no token needed)")
    @SecurityRequirements
    public String checksum() {
        return SHA256 + "  s2\n";
    }

    private static String read() {
        try (InputStream script = ScriptResource.class.getResourceAsStream("/gateway/s2.sh")) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
