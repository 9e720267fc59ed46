package io.infrafabric.coordinator.session;

import com.fasterxml.jackson.annotation.JsonRawValue;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.SqlClient;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The inboxes of sessions: notices in the order of commit, kept until they are acknowledged. It holds the SQL of
 * inboxes like a table, under a name from the domain because other functions tell sessions through it; it opens no
 * transaction.
 */
@ApplicationScoped
public class SessionInbox {

    /** A notice to a session; {@code data} is a JSON object. */
    public record Notice(String type, String session, String subject, String data) {
        /** A notice that only names its subject. */
        public static Notice about(String type, String session, String subject) {
            return new Notice(type, session, subject, "{}");
        }

        /** A notice with a reason. */
        public static Notice because(String type, String session, String subject, String reason) {
            return new Notice(
                    type,
                    session,
                    subject,
                    new JsonObject().put("reason", reason).encode());
        }
    }

    /** A notice in the inbox; {@code seq} grows by one with each. */
    @Schema(name = "InboxNotice")
    public record Item(
            long seq,
            String type,
            String subject,
            @JsonRawValue @Schema(type = SchemaType.OBJECT) String data,
            Instant at) {}

    // The session's row gives the numbers, so that a reader who has seen n has seen all below n.
    private static final String TELL = """
            WITH told AS (
              SELECT i.*, row_number() OVER (PARTITION BY i.session ORDER BY i.n) AS rank,
                     count(*) OVER (PARTITION BY i.session) AS more
                FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
                  AS i(session, type, subject, data, n)),
            numbered AS (
              UPDATE coordinator_session s SET next_notice = s.next_notice + i.more
                FROM (SELECT DISTINCT session, more FROM told) i WHERE s.id = i.session AND %s
              RETURNING s.id, s.next_notice - i.more - 1 AS base),
            dropped AS (
              DELETE FROM coordinator_inbox b USING numbered n WHERE b.session = n.id AND b.seq <= n.base - $5)
            INSERT INTO coordinator_inbox (session, seq, type, subject, data)
            SELECT t.session, n.base + t.rank, t.type, t.subject, t.data
              FROM told t JOIN numbered n ON n.id = t.session
            """.formatted(SessionTable.stillEnrolled("s"));

    private final CoordinatorConfig config;

    public SessionInbox(CoordinatorConfig config) {
        this.config = config;
    }

    /**
     * Writes notices in the transaction of the effect; sessions that have left get none. The caller has locked their
     * rows, or locks nothing after this.
     */
    public Uni<Void> tell(Work work, List<Notice> notices) {
        if (notices.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        notices.forEach(notice -> work.ring("inbox:" + notice.session()));
        return work.connection()
                .preparedQuery(TELL)
                .execute(Tuple.of(
                        Rows.column(notices, Notice::session, String[]::new),
                        Rows.column(notices, Notice::type, String[]::new),
                        Rows.column(notices, Notice::subject, String[]::new),
                        Rows.column(notices, Notice::data, String[]::new),
                        config.maxInbox()))
                .replaceWithVoid();
    }

    /** Unacknowledged notices after {@code after}, oldest first; none for an ended enrolment. */
    public Uni<List<Item>> read(SqlClient client, String session, long enrolment, long after, int limit) {
        return client.preparedQuery("SELECT seq, type, subject, data, at FROM coordinator_inbox"
                        + " WHERE session = $1 AND seq > $2 AND EXISTS (SELECT FROM coordinator_session s"
                        + " WHERE s.id = $1 AND s.enrolment = $4) ORDER BY seq LIMIT $3")
                .execute(Tuple.of(session, after, limit, enrolment))
                .map(rows -> Rows.all(
                        rows,
                        row -> new Item(
                                row.getLong("seq"),
                                row.getString("type"),
                                row.getString("subject"),
                                row.getString("data"),
                                Rows.instant(row, "at"))));
    }

    /** Deletes all notices of a leaving session: the next session with its id must not read them. */
    public Uni<Void> drop(Work work, String session) {
        work.ring("inbox:" + session);
        return work.connection()
                .preparedQuery("DELETE FROM coordinator_inbox WHERE session = $1")
                .execute(Tuple.of(session))
                .replaceWithVoid();
    }

    /** The number of removed notices. */
    @RegisterForReflection
    public record Acknowledged(int removed) {}

    /**
     * Removes the notices that the session has taken in, up to and including {@code upTo}; nothing for an ended
     * enrolment.
     */
    public static Uni<Acknowledged> remove(Work work, String session, long enrolment, long upTo) {
        return work.connection()
                .preparedQuery("DELETE FROM coordinator_inbox WHERE session = $1 AND seq <= $2"
                        + " AND EXISTS (SELECT FROM coordinator_session s WHERE s.id = $1 AND s.enrolment = $3)")
                .execute(Tuple.of(session, upTo, enrolment))
                .map(rows -> new Acknowledged(rows.rowCount()));
    }

    /** The number of waiting notices. */
    public Uni<Integer> unread(SqlClient client, String session) {
        return client.preparedQuery("SELECT count(*)::int FROM coordinator_inbox WHERE session = $1")
                .execute(Tuple.of(session))
                .map(rows -> rows.iterator().next().getInteger(0));
    }

    /** Those of the sessions that have notices after these numbers. */
    public Uni<List<String>> beyond(SqlClient client, Map<String, Long> seen) {
        List<Map.Entry<String, Long>> rows = List.copyOf(seen.entrySet());
        return client.preparedQuery("SELECT s.id FROM unnest($1::text[], $2::bigint[]) AS s(id, seq)"
                        + " WHERE EXISTS (SELECT 1 FROM coordinator_inbox i WHERE i.session = s.id AND i.seq > s.seq)")
                .execute(Tuple.of(
                        Rows.column(rows, Map.Entry::getKey, String[]::new),
                        Rows.column(rows, Map.Entry::getValue, Long[]::new)))
                .map(found -> Rows.all(found, row -> row.getString(0)));
    }

    /** Those of the sessions that have notices. */
    public Uni<List<String>> filled(SqlClient client, List<String> sessions) {
        return client.preparedQuery("SELECT s.id FROM unnest($1::text[]) AS s(id)"
                        + " WHERE EXISTS (SELECT 1 FROM coordinator_inbox i WHERE i.session = s.id)")
                .execute(Tuple.of(sessions.toArray(String[]::new)))
                .map(rows -> Rows.all(rows, row -> row.getString(0)));
    }
}
