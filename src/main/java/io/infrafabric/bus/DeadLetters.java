package io.infrafabric.bus;

import io.infrafabric.event.Catalogue;
import io.infrafabric.event.Confidential;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Event;
import io.infrafabric.input.Spelling;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Events that a function could not handle. A letter is written together with the inbox row, before the event leaves the
 * channel, so an event is always in at least one of the two.
 */
@Singleton
public final class DeadLetters {
    /** The most characters of an error that are kept. */
    private static final int MAX_ERROR = 8_000;

    private static final int DEEPEST = 10;

    private static final String WITHHELD =
            "The rest of the event's data, because it is confidential: a vote, whose decision may be sealed.";

    /** Up to here letters are counted for the gauge: it is asked for again and again. */
    static final int MOST_COUNTED = 10_000;

    /**
     * A letter.
     *
     * @param id the event's
     * @param envelope the event's JSON as it came; without what is withheld
     * @param withheld what of the event is kept for a replay and shown to nobody; {@code null} for nothing
     * @param error what the last try failed with
     * @param attempts tries, or deliveries where the event was never finished
     */
    @Schema(name = "DeadLetter")
    public record Letter(
            UUID id,
            String type,
            String subject,
            String envelope,

            @Schema(description = "What of the event is kept for a replay and shown to nobody")
            String withheld,

            String error,
            int attempts,
            Instant firstAt,
            Instant lastAt) {}

    private static final String COUNT_ATTEMPT = "INSERT INTO bus_attempt AS a (function, event, attempts, error)"
            + " VALUES ($1, $2, 1, $3) ON CONFLICT (function, event) DO UPDATE"
            + " SET attempts = a.attempts + 1, last_at = now(), error = excluded.error RETURNING attempts";

    /** The inbox row is the guard: if it exists, the event was handled or set aside in the meantime. */
    private static final String ADD = """
            WITH tried AS (
                DELETE FROM bus_attempt WHERE function IN ($1, $9) AND event = $3 RETURNING first_at
            ), taken AS (
                INSERT INTO bus_inbox (day, function, event) VALUES ($2, $1, $3) ON CONFLICT DO NOTHING RETURNING event
            )
            INSERT INTO bus_dead_letter (function, event, type, subject, envelope, error, attempts, first_at, last_at)
            SELECT $1, event, $4, $5, $6, $7, $8, coalesce((SELECT min(first_at) FROM tried), now()), now() FROM taken""";

    private static final String PAGE = "SELECT event, type, subject, envelope, error, attempts, first_at, last_at"
            + " FROM bus_dead_letter WHERE function = $1 AND (last_at, event) < ($2, $3)"
            + " ORDER BY last_at DESC, event DESC LIMIT $4";

    /** Runs before a day is made for the letter: a request for an unknown letter changes nothing. */
    private static final String LOCK =
            "SELECT event FROM bus_dead_letter WHERE function = $1 AND event = $2 FOR UPDATE";

    /**
     * Puts the event back into the log as unpublished if it has left it, so that the sweep finds it if this process
     * dies. Also takes it out of what counts as complete, in case its stream is lost.
     */
    private static final String REPLAY = """
            WITH letter AS (
                DELETE FROM bus_dead_letter WHERE function = $1 AND event = $2 RETURNING type, subject, envelope
            ), forgotten AS (
                DELETE FROM bus_inbox WHERE day = $3 AND function = $1 AND event = $2
            ), logged AS (
                INSERT INTO bus_event (day, id, type, subject, published, envelope)
                SELECT $3, $2, type, subject, false, envelope FROM letter
                ON CONFLICT (day, id) DO UPDATE SET published = false
            ), reopened AS (
                UPDATE bus_complete SET until = least(until, $4) WHERE function = $1
            )
            SELECT envelope FROM letter""";

    private final Pool pool;
    private final Transactions transactions;
    private final EventIds ids;
    private final Relay relay;

    @Inject
    DeadLetters(Pool pool, Transactions transactions, EventIds ids, Relay relay) {
        this.pool = pool;
        this.transactions = transactions;
        this.ids = ids;
        this.relay = relay;
    }

    /** Counts one more failed try of an event, in a transaction of its own; answers how many there were by now. */
    Uni<Integer> count(String function, UUID event, String error) {
        return pool.preparedQuery(COUNT_ATTEMPT)
                .execute(Tuple.of(function, event, error))
                .map(rows -> rows.iterator().next().getInteger(0));
    }

    /** Sets an event aside: its letter and its inbox row in one transaction. */
    Uni<Void> add(String function, Reading event, String error, int attempts) {
        UUID id = switch (event) {
            case Reading.Known known -> known.envelope().id();
            case Reading.Unknown unknown -> unknown.id();
            // An event without an id came from outside; it gets one, so that it can be found.
            case Reading.Malformed malformed -> malformed.id() == null ? ids.next() : malformed.id();
        };
        String type = switch (event) {
            case Reading.Known known -> known.envelope().type();
            case Reading.Unknown unknown -> unknown.type();
            case Reading.Malformed malformed -> malformed.type() == null ? "unreadable" : malformed.type();
        };
        String subject =
                event instanceof Reading.Known known ? known.envelope().event().subject() : "";
        return transactions
                .run(work -> makeDay(work.connection(), id)
                        .chain(() -> work.connection().preparedQuery(ADD).execute(Tuple.from(new Object[] {
                            function,
                            Envelope.dayOf(id),
                            id,
                            kept(type),
                            kept(subject),
                            kept(event.json()),
                            kept(errorOf(event, type, error)),
                            attempts,
                            LogTries.name(function)
                        }))))
                .replaceWithVoid();
    }

    /** What does not fit is named with what stands there. */
    private static String errorOf(Reading event, String type, String error) {
        return event instanceof Reading.Malformed && Catalogue.isConfidential(type)
                ? "Its data does not fit its type."
                : String.valueOf(error);
    }

    /** The letters of a function, newest first, after the one given (none for the first page). */
    public Uni<List<Letter>> page(String function, Instant afterLastAt, UUID afterId, int limit) {
        OffsetDateTime after = Rows.at(afterLastAt == null ? Rows.FOREVER : afterLastAt);
        return pool.preparedQuery(PAGE)
                .execute(Tuple.of(function, after, afterId == null ? Rows.LAST_ID : afterId, limit))
                .map(rows -> StreamSupport.stream(rows.spliterator(), false)
                        .map(DeadLetters::letter)
                        .toList());
    }

    /**
     * Sends a letter's event to its function once more, as if it were new.
     *
     * @return whether the letter exists
     */
    public Uni<Boolean> replay(String function, UUID id) {
        return transactions.run(work -> reopen(work, function, id)).map(envelope -> publish(function, envelope));
    }

    /** The transactional part of a replay. Gives the letter's envelope, or nothing if the letter does not exist. */
    public Uni<Optional<String>> reopen(Work work, String function, UUID id) {
        if (id.version() != 7) {
            work.nothingWritten();
            return Uni.createFrom().item(Optional.empty());
        }
        return work.connection()
                .preparedQuery(LOCK)
                .execute(Tuple.of(function, id))
                .chain(letters -> {
                    if (letters.size() == 0) {
                        work.nothingWritten();
                        return Uni.createFrom().item(Optional.<String>empty());
                    }
                    return makeDay(work.connection(), id)
                            .chain(() -> work.connection()
                                    .preparedQuery(REPLAY)
                                    .execute(Tuple.of(function, id, Envelope.dayOf(id), EventIds.timeOf(id))))
                            .map(rows -> Optional.of(rows.iterator().next().getString(0)));
                });
    }

    /** The part after the commit. If it never runs, the sweep publishes the event. Says whether there was a letter. */
    public boolean publish(String function, Optional<String> envelope) {
        envelope.ifPresent(json -> relay.publishTo(function, List.of(json)));
        return envelope.isPresent();
    }

    /** How many letters a function has, counted up to {@link #MOST_COUNTED}. */
    Uni<Long> count(String function) {
        return pool.preparedQuery(
                        "SELECT count(*) FROM (SELECT FROM bus_dead_letter WHERE function = $1 LIMIT $2) counted")
                .execute(Tuple.of(function, MOST_COUNTED))
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** A letter may be older than the partitions of its day. */
    private static Uni<Void> makeDay(SqlConnection connection, UUID event) {
        return connection
                .preparedQuery("SELECT bus_make_day($1)")
                .execute(Tuple.of(Envelope.dayOf(event)))
                .replaceWithVoid();
    }

    /** A failure as text that can be kept: what it is, and where it comes from. */
    static String describe(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return Spelling.cut(kept(text.toString()), MAX_ERROR);
    }

    /** The same of a try to handle this event. What failed on a confidential one may quote it in words that are not ours. */
    static String describe(Event event, Throwable failure) {
        if (!(event instanceof Confidential)) {
            return describe(failure);
        }
        StringBuilder text = new StringBuilder();
        Throwable one = failure;
        for (int deep = 0; one != null && deep < DEEPEST; deep++, one = one.getCause()) {
            text.append(one instanceof Problem ? one.toString() : one.getClass().getName())
                    .append('\n');
        }
        for (StackTraceElement frame : failure.getStackTrace()) {
            text.append("\tat ").append(frame).append('\n');
        }
        return Spelling.cut(kept(text.toString()), MAX_ERROR);
    }

    /** A letter quotes what came from outside; PostgreSQL keeps no NUL, and the letter must be kept. */
    static String kept(String text) {
        return text.replace("\0", "\\u0000");
    }

    private static Letter letter(Row row) {
        boolean confidential = Catalogue.isConfidential(row.getString(1));
        return new Letter(
                row.getUUID(0),
                row.getString(1),
                row.getString(2),
                confidential ? Envelopes.shown(row.getString(3)) : row.getString(3),
                confidential ? WITHHELD : null,
                row.getString(4),
                row.getInteger(5),
                row.getOffsetDateTime(6).toInstant(),
                row.getOffsetDateTime(7).toInstant());
    }
}
