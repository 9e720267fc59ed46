package io.infrafabric.gateway.command;

import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.published.Presence;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.transaction.ReadyTransaction;
import io.infrafabric.coordinator.transaction.ReadyTransaction.Ready;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.gateway.InboxText;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What a session could do now, for {@code s2 ready}. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Path("/gateway/ready")
@Produces(MediaType.TEXT_PLAIN)
@Tag(name = "gateway")
public class ReadyResource {
    private final Identity identity;
    private final Presence presence;
    private final ReadyTransaction tasks;

    ReadyResource(Identity identity, Presence presence, ReadyTransaction tasks) {
        this.identity = identity;
        this.presence = presence;
        this.tasks = tasks;
    }

    @GET
    @Operation(
            summary = "What I could do now, a line each (sessions)",
            description =
                    "Of the first 20 queued tasks that fit the session, those that it would be granted if it named them now.")
    public Uni<String> ready() {
        Caller caller = identity.caller();
        caller.mustBeSessionItself("Tasks");
        return tasks.of(presence.heard(caller)).map(ReadyResource::said);
    }

    /** The text: the tasks, or that there is none and where the reason stands. */
    static String said(Ready ready) {
        if (ready.fitting() == 0) {
            return "Nothing is queued for you now. To wait for a task: s2 claim --wait 45\n";
        }
        if (ready.ready().isEmpty()) {
            return "You can have none of the queued tasks that fit you now (" + ready.fitting() + "). Why: s2 why "
                    + ready.first() + "\n";
        }
        return ready.ready().stream().map(ReadyResource::line).collect(Collectors.joining())
                + "Take the first with s2 claim, another with s2 claim NAME.\n";
    }

    private static String line(Task task) {
        var cost = task.specification().dispatch().estimatedCost();
        return task.id() + " (" + task.priority() + (cost == null ? "" : ", $" + cost.toPlainString()) + "): "
                + InboxText.quoted(task.specification().title()) + "\n";
    }
}
