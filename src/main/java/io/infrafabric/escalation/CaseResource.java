package io.infrafabric.escalation;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.escalation.DeskTransaction.Filter;
import io.infrafabric.escalation.DeskTransaction.Word;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Cases over REST: operators acknowledge and resolve them, viewers read them; a session asks, and reads what it asked. */
@IfBuildProperty(name = "s2.build.escalation.door", stringValue = "true", enableIfMissing = true)
@Path("/escalation/cases")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "escalation")
public class CaseResource {
    private static final int LONGEST_NOTE = 4000;
    private static final int LONGEST_OPTION = 200;

    private final Identity identity;
    private final DeskTransaction cases;
    private final Paging paging;
    private final EscalationAnswers answers;
    private final AskTransaction questions;

    CaseResource(
            Identity identity,
            DeskTransaction cases,
            AskTransaction questions,
            Paging paging,
            EscalationAnswers answers) {
        this.identity = identity;
        this.cases = cases;
        this.questions = questions;
        this.paging = paging;
        this.answers = answers;
    }

    /**
     * {@code POST /escalation/cases}.
     *
     * @param deadline a moment as in RFC 3339, or a time from now as in ISO 8601
     */
    @Schema(name = "AskBody")
    public record AskBody(
            @Schema(examples = "Which colour?") String question,
            @Schema(examples = "[\"blue\",\"red\"]") List<String> options,
            String taskId,
            @Schema(examples = "MEDIUM") String severity,
            @Schema(examples = "PT30M") String deadline,
            @Schema(examples = "blue") String onNoAnswer) {}

    /** {@code POST …/acknowledge}. */
    public record AcknowledgeBody(String note) {}

    /** {@code POST …/resolve}. */
    @Schema(name = "CaseResolveBody")
    public record ResolveBody(
            @Schema(examples = "RAISE_LIMIT") String option,
            @Schema(examples = "{\"dailyLimit\":80}") Map<String, Object> parameters,
            String note) {}

    @POST
    @Operation(
            summary = "Ask a human (sessions)",
            description =
                    "The session goes on meanwhile: the answer comes to its inbox, as one of the options or in words "
                            + "(option OTHER). At the deadline, which is a moment or a time from now (PT30M), onNoAnswer is taken. "
                            + "Asking what is open already gives that case (200).")
    @APIResponseSchema(Case.class)
    public Uni<RestResponse<String>> ask(AskBody body) {
        Caller caller = identity.caller();
        Check.given("body", body);
        caller.mustBe(caller.isSession() ? caller.subject() : "that asks");
        caller.mustReachTask(body.taskId());
        SessionQuestion question = SessionQuestion.of(
                caller.subject(),
                caller.swarm(),
                new SessionQuestion.Words(
                        body.question(),
                        body.options(),
                        body.taskId(),
                        body.severity(),
                        body.deadline(),
                        body.onNoAnswer()),
                questions.bounds());
        return questions
                .ask(question, identity.trace(), new Keep<>(identity.key(body), answers::toKeep))
                .map(reply -> Respond.reply(reply, answers::shown));
    }

    @GET
    @Operation(summary = "List cases, newest first (operators, viewers)")
    public Uni<Page<Case>> list(
            @RestQuery String state,
            @RestQuery String function,
            @RestQuery String swarm,
            @RestQuery Integer limit,
            @RestQuery String cursor) {
        Caller caller = identity.caller();
        String only = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustOversee(only);
        int size = paging.limit(limit);
        After after = After.of(cursor);
        Filter filter = new Filter(
                Check.oneOf("state", state, Case.State.class),
                Check.id("function", function),
                only,
                after.at(),
                after.id());
        return cases.page(filter, size + 1)
                .map(rows -> Page.of(
                        rows, size, shown -> List.of(shown.handling().openedAt().toString(), shown.id())));
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "A case (operators, viewers, the session that asked)")
    public Uni<Case> get(@RestPath String id) {
        Caller caller = identity.caller();
        return cases.find(uuid(id), caller).invoke(found -> {
            if (found == null || (caller.isSession() && !SessionQuestion.isOf(found, caller.subject()))) {
                throw EscalationAnswers.unknownCase(id);
            }
        });
    }

    @POST
    @Path("/{id}/acknowledge")
    @Operation(
            summary = "Take care of a case (operators)",
            description = "The first operator stays named; repeating the call changes nothing.")
    @APIResponseSchema(Case.class)
    public Uni<RestResponse<String>> acknowledge(@RestPath String id, AcknowledgeBody body) {
        Word word = word(body == null ? null : body.note());
        return cases.acknowledge(uuid(id), word, keep(body)).map(reply -> Respond.reply(reply, answers::shown));
    }

    @POST
    @Path("/{id}/resolve")
    @Operation(
            summary = "Decide a case (operators)",
            description = "A case is decided once, with one of its options; the decision goes back to the function "
                    + "that asked. RAISE_LIMIT needs the parameter dailyLimit, RESET takes an allowance, CORRECT an "
                    + "amount; OTHER, which answers a session in words, needs a note.")
    @APIResponseSchema(Case.class)
    public Uni<RestResponse<String>> resolve(@RestPath String id, ResolveBody body) {
        Word word = word(Check.given("body", body).note());
        Keep<Case.Answer> keep = keep(body);
        String option = Check.givenText("option", body.option(), LONGEST_OPTION);
        if (option.equals(Options.OTHER)) {
            Check.given("note", body.note());
        }
        Map<String, String> parameters = Options.parameters(option, body.parameters());
        return cases.resolve(uuid(id), option, parameters, word, keep)
                .map(reply -> Respond.reply(reply, answers::shown));
    }

    private Word word(String note) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        return new Word(caller, Check.text("note", note, LONGEST_NOTE), identity.trace());
    }

    private Keep<Case.Answer> keep(Object body) {
        return new Keep<>(identity.key(body), answers::toKeep);
    }

    private static UUID uuid(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException _) {
            throw EscalationAnswers.unknownCase(id);
        }
    }

    /** The sort key of the last row that the caller has seen; nulls for the first page. */
    record After(Instant at, UUID id) {
        static After of(String cursor) {
            if (cursor == null) {
                return new After(null, null);
            }
            List<String> key = Cursor.decode(cursor, 2);
            return new After(Cursor.instant(key.get(0)), Cursor.uuid(key.get(1)));
        }
    }
}
