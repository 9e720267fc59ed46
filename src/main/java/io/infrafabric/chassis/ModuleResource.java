package io.infrafabric.chassis;

import io.infrafabric.bus.Rows;
import io.infrafabric.chassis.module.ModuleTransaction;
import io.infrafabric.chassis.module.StoredModule;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Modules over REST. They are the whole installation's, so only an operator of all of it uploads and deletes them. */
@IfBuildProperty(name = "s2.build.chassis.door", stringValue = "true", enableIfMissing = true)
@Path("/chassis/modules")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "chassis")
public class ModuleResource {
    /** The media type of a module. */
    static final String WASM = "application/wasm";

    private final Identity identity;
    private final ModuleTransaction modules;
    private final Paging paging;
    private final ChassisAnswers answers;

    ModuleResource(Identity identity, ModuleTransaction modules, Paging paging, ChassisAnswers answers) {
        this.identity = identity;
        this.modules = modules;
        this.paging = paging;
        this.answers = answers;
    }

    @PUT
    @Path("/{module}")
    @Consumes(WASM)
    @Operation(
            summary = "Upload a module, or a version of it (operators)",
            description =
                    "A WASM module of WASI preview 1, at most 4 MiB, with one memory, the exports _start and memory,"
                            + " and no imports but wasi_snapshot_preview1. The same bytes are the same version. Older versions"
                            + " stay as long as a task or a run needs them.")
    public Uni<StoredModule> put(@RestPath String module, byte[] body) {
        Caller caller = identity.caller();
        caller.mustOperateAll();
        Check.givenId("module", module);
        if (body == null || body.length == 0) {
            throw Problem.badInput("body", "a WASM module");
        }
        // The bytes are no JSON; the audit log shows the hash that the answer has.
        Keep<ModuleTransaction.Put> keep = new Keep<>(identity.noted(Map.of("bytes", body.length)), answers::toKeep);
        return modules.put(module, body, caller.by(), keep).map(Once::now).map(put -> answers.shown(put, module));
    }

    @GET
    @Operation(summary = "List modules, newest first", description = "Without their older versions.")
    public Uni<Page<StoredModule>> list(@RestQuery Integer limit, @RestQuery String cursor) {
        var _ = identity.caller();
        int size = paging.limit(limit);
        List<String> from = cursor == null ? List.of(Rows.FOREVER.toString(), "") : Cursor.decode(cursor, 2);
        return modules.page(Cursor.instant(from.get(0)), from.get(1), size + 1)
                .map(rows ->
                        Page.of(rows, size, module -> List.of(module.createdAt().toString(), module.name())));
    }

    @GET
    @Path("/{module}")
    @Operation(summary = "A module with its versions")
    public Uni<StoredModule> get(@RestPath String module) {
        var _ = identity.caller();
        return modules.find(Check.givenId("module", module)).invoke(found -> {
            if (found == null) {
                throw ChassisAnswers.unknownModule(module);
            }
        });
    }

    @DELETE
    @Path("/{module}")
    @Operation(
            summary = "Delete a module with all its versions (operators)",
            description = "409 while a task that has not ended, or a run that has not finished, needs one of them.")
    public Uni<Void> delete(@RestPath String module) {
        identity.caller().mustOperateAll();
        Check.givenId("module", module);
        return modules.remove(module, new Keep<>(identity.noted(null), answers::toKeep))
                .map(Once::now)
                .invoke(removed -> answers.mustBeDone(removed, module))
                .replaceWithVoid();
    }
}
