package io.infrafabric.gateway.mcp;

import static io.infrafabric.door.tool.Field.text;
import static io.infrafabric.door.tool.Field.value;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.coordinator.CoordinatorBodies.AckBody;
import io.infrafabric.coordinator.InboxResource;
import io.infrafabric.coordinator.InboxResource.Notices;
import io.infrafabric.coordinator.SessionResource;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.tool.Field.Kind;
import io.infrafabric.door.tool.Thing;
import io.infrafabric.door.tool.Told;
import io.infrafabric.door.tool.Tool;
import io.infrafabric.door.tool.ToolCall;
import io.infrafabric.door.tool.ToolJson;
import io.infrafabric.door.tool.Toolbox;
import io.infrafabric.gateway.InboxText;
import io.infrafabric.gateway.StandText;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;

/** What concerns no single room: what a session is told, and why anything is as it is. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Singleton
public class GatewayTools implements Toolbox {
    private static final int NOT_FOUND = 404;
    private static final int BY_KIND = -1;

    private final Identity identity;
    private final InboxResource inbox;
    private final SessionResource sessions;
    private final LastRefusals refusals;
    private final Instance<OfferedTools> offered;
    private final ToolJson json;

    GatewayTools(
            Identity identity,
            InboxResource inbox,
            SessionResource sessions,
            LastRefusals refusals,
            Instance<OfferedTools> offered,
            ToolJson json) {
        this.identity = identity;
        this.inbox = inbox;
        this.sessions = sessions;
        this.refusals = refusals;
        this.offered = offered;
        this.json = json;
    }

    @Override
    public List<Tool> tools() {
        return List.of(
                new Tool(
                        "read_inbox",
                        "What you are told. Waits up to waitSeconds (0-45). ackUpTo removes what you have read.",
                        List.of(value("waitSeconds", Kind.WHOLE), value("ackUpTo", Kind.WHOLE)),
                        this::readInbox),
                new Tool(
                        "why",
                        "Explain a task, decision, claim, blocker or account by its id; without id, where you stand.",
                        List.of(text("id")),
                        this::why));
    }

    @Override
    public List<Thing> things() {
        return List.of(
                new Thing("me", BY_KIND, _ -> me(identity.caller().subject())),
                new Thing("inbox", BY_KIND, _ -> told(identity.caller().subject(), null)));
    }

    private Uni<Told> readInbox(ToolCall call) {
        String session = call.caller().subject();
        Integer wait = call.wait("waitSeconds");
        Long upTo = call.whole("ackUpTo");
        return upTo == null
                ? told(session, wait)
                : inbox.acknowledge(session, new AckBody(upTo)).chain(() -> told(session, wait));
    }

    private Uni<Told> told(String session, Integer wait) {
        return inbox.read(session, null, wait, null).map(notices -> new Told(said(notices), json.of(notices)));
    }

    private static String said(Notices notices) {
        if (notices.items().isEmpty()) {
            return "Your inbox is empty.";
        }
        return notices.items().stream()
                        .map(item -> item.seq() + ". " + InboxText.of(item))
                        .collect(Collectors.joining("\n"))
                + "\nWhen done with these: read_inbox with ackUpTo " + notices.next() + ".";
    }

    private Uni<Told> why(ToolCall call) {
        String id = call.text("id");
        if (id == null) {
            return me(call.caller().subject())
                    .map(stand -> refusals.of(call.caller())
                            .map(refusal -> new Told(stand.text() + " Your last call of " + refusal, stand.data()))
                            .orElse(stand));
        }
        List<Thing> things = offered.get().things();
        int colon = id.indexOf(':');
        if (colon > 0) {
            String kind = id.substring(0, colon);
            for (Thing thing : things) {
                if (thing.kind().equals(kind)) {
                    return Uni.createFrom().deferred(() -> thing.look().apply(id.substring(colon + 1)));
                }
            }
        }
        return first(id, things.stream().filter(thing -> thing.rank() >= 0).iterator());
    }

    /** The first that is known by this id. */
    private static Uni<Told> first(String id, Iterator<Thing> kinds) {
        if (!kinds.hasNext()) {
            return Uni.createFrom()
                    .failure(Problem.of(Code.IF_ERR_NOT_FOUND, "Nothing in your reach has the id " + id + ".")
                            .with("whatToDo", "Compare the id with what you were told."));
        }
        Thing kind = kinds.next();
        return Uni.createFrom()
                .<Told>deferred(() -> kind.look().apply(id))
                .onFailure(GatewayTools::isUnknown)
                .recoverWithUni(() -> first(id, kinds));
    }

    /** Whether it may be something else: there is none of this kind, or none could have such an id. */
    private static boolean isUnknown(Throwable failure) {
        return failure instanceof Problem problem
                && (problem.code().status() == NOT_FOUND || problem.code() == Code.IF_ERR_BAD_INPUT);
    }

    private Uni<Told> me(String session) {
        return sessions.get(session).map(shown -> {
            JsonNode data = json.of(shown);
            String state = data.path("state").asText();
            return new Told(
                    StandText.of(session, data.path("swarm").asText(), shown.leases(), Instant.now())
                            + (state.equals("LIVE") ? "" : " You are " + state + ".")
                            + (shown.leases().isEmpty() ? " Call claim_task." : "")
                            + (shown.costsUnknownSince() == null
                                    ? ""
                                    : " Your costs are unknown since "
                                            + shown.costsUnknownSince().truncatedTo(ChronoUnit.SECONDS)
                                            + ": hooks are seen, and no cost."),
                    data);
        });
    }
}
