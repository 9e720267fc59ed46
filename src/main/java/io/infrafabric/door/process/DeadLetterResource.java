package io.infrafabric.door.process;

import io.infrafabric.bus.DeadLetters;
import io.infrafabric.bus.DeadLetters.Letter;
import io.infrafabric.bus.Transactions;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.event.Catalogue;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/**
 * Dead letters over REST, for operators of the whole installation: they list them, and replay them once the fault is
 * fixed.
 */
@ApplicationScoped
@Path("/{function}/dead-letters")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "bus")
public class DeadLetterResource {
    private final Identity identity;
    private final Paging paging;
    private final Transactions transactions;
    private final Once once;
    private final DeadLetters deadLetters;
    private final AnswerWriter answers;

    DeadLetterResource(
            Identity identity,
            Paging paging,
            Transactions transactions,
            Once once,
            DeadLetters deadLetters,
            AnswerWriter answers) {
        this.identity = identity;
        this.paging = paging;
        this.transactions = transactions;
        this.once = once;
        this.deadLetters = deadLetters;
        this.answers = answers;
    }

    /** A dead letter that was sent again. */
    @RegisterForReflection
    @Schema(name = "ReplayedDeadLetter")
    public record Replayed(String function, String id) {}

    @GET
    @Operation(
            summary = "The dead letters of a function",
            description = "Events that its handler failed on, newest first: error, attempts, first and last time.")
    public Uni<Page<Letter>> list(@RestPath String function, @RestQuery Integer limit, @RestQuery String cursor) {
        mustOperate(function);
        int size = paging.limit(limit);
        After after = cursor == null ? new After(null, null) : After.of(cursor);
        return deadLetters
                .page(function, after.lastAt(), after.id(), size + 1)
                .map(letters -> Page.of(
                        letters,
                        size,
                        letter ->
                                List.of(letter.lastAt().toString(), letter.id().toString())));
    }

    @POST
    @Path("/{id}/replay")
    @Operation(
            summary = "Replay a dead letter",
            description = "Sends the event to its function again, as if it were new, and removes it from the dead "
                    + "letters.")
    @APIResponseSchema(Replayed.class)
    public Uni<RestResponse<String>> replay(@RestPath String function, @RestPath String id) {
        mustOperate(function);
        UUID event = Check.uuid(id, () -> Problem.badInput("id", "the UUID of a dead letter"));
        Idempotency.Answer replayed = answers.write(200, new Replayed(function, id));
        Keep<Optional<String>> keep =
                new Keep<>(identity.key(null), envelope -> envelope.isPresent() ? replayed : null);
        return transactions
                .run(work -> once.run(work.connection(), keep, () -> deadLetters.reopen(work, function, event)))
                .map(reply -> Respond.reply(reply, envelope -> {
                    if (!deadLetters.publish(function, envelope)) {
                        throw unknown(function, id);
                    }
                    return replayed;
                }));
    }

    /** Callers without the right to know must not learn which functions exist. */
    private void mustOperate(String function) {
        identity.caller().mustOperateAll();
        if (!Catalogue.FUNCTIONS.contains(function)) {
            throw Problem.of(Code.IF_ERR_UNKNOWN_FUNCTION, "There is no function " + function)
                    .with("functions", Catalogue.FUNCTIONS.stream().sorted().toList());
        }
    }

    private static Problem unknown(String function, String id) {
        return Problem.of(Code.IF_ERR_UNKNOWN_DEAD_LETTER, function + " has no dead letter " + id);
    }

    /** The sort key of the last letter that the caller has seen. */
    private record After(Instant lastAt, UUID id) {
        static After of(String cursor) {
            List<String> key = Cursor.decode(cursor, 2);
            return new After(Cursor.instant(key.get(0)), Cursor.uuid(key.get(1)));
        }
    }
}
