package io.infrafabric.dissent;

import io.infrafabric.command.Caller;
import io.infrafabric.dissent.SearchTransaction.Found;
import io.infrafabric.dissent.SearchTransaction.Query;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.event.ConsensusEvent.Outcome;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.infrafabric.input.Rfc3339;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestQuery;

/** "Why did we decide X, and who objected?" */
@Path("/dissent/search")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "dissent")
@IfBuildProperty(name = "s2.build.dissent.door", stringValue = "true", enableIfMissing = true)
public class SearchResource {
    private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");

    private final Identity identity;
    private final SearchTransaction memos;
    private final Paging paging;
    private final DissentConfig config;

    SearchResource(Identity identity, SearchTransaction memos, Paging paging, DissentConfig config) {
        this.identity = identity;
        this.memos = memos;
        this.paging = paging;
        this.config = config;
    }

    @GET
    @Operation(
            summary = "Search memos, newest first",
            description = "q works as in a web search: all words, \"phrases\", or, -without. session: who voted on it. "
                    + "from and to are dates or times; to is exclusive. A long search ends early: its page is "
                    + "shorter than requested, or empty, and next continues from there.")
    public Uni<Page<Found>> search(
            @RestQuery String q,
            @RestQuery String session,
            @RestQuery String swarm,
            @RestQuery String outcome,
            @RestQuery String from,
            @RestQuery String to,
            @RestQuery Integer limit,
            @RestQuery String cursor) {
        Caller caller = identity.caller();
        String only = swarm == null ? caller.swarm() : Check.id("swarm", swarm);
        caller.mustRead(only);
        Outcome ended = Check.oneOf("outcome", outcome, Outcome.class);
        Query query = new Query(
                Check.text("q", q, config.maxQuery()),
                Check.id("session", session),
                only,
                ended == null ? null : ended.name(),
                time("from", from),
                time("to", to),
                before(cursor));
        return memos.search(query, paging.limit(limit));
    }

    private static Long before(String cursor) {
        if (cursor == null) {
            return null;
        }
        long position = Cursor.number(Cursor.decode(cursor, 1).getFirst());
        if (position < 1) {
            throw Cursor.bad();
        }
        return position;
    }

    /** A date means its first instant in UTC. */
    private static Instant time(String field, String text) {
        if (text == null) {
            return null;
        }
        return DATE.matcher(text).matches()
                ? Check.instant(field, text + "T00:00:00Z")
                : Rfc3339.parse(text)
                        .orElseThrow(() -> Problem.badInput(field, "a date, or " + Rfc3339.expectedFor(text)));
    }
}
