package io.infrafabric.dissent;

import static io.infrafabric.consensus.Chamber.PATIENCE;
import static io.infrafabric.dissent.Examples.AT;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Work;
import io.infrafabric.consensus.Minutes;
import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Chain.Kind;
import io.infrafabric.dissent.Chain.Link;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/** Appends to the chain of a test's database, without decisions. */
@Dependent
class Scribe {
    private final EntitySessions sessions;
    private final MemoTransaction memos;

    @Inject
    Scribe(EntitySessions sessions, MemoTransaction memos) {
        this.sessions = sessions;
        this.memos = memos;
    }

    /** Writes a memo of them. */
    void write(Minutes minutes) {
        await(sessions.run((session, work) -> write(session, work, minutes)));
    }

    /** Writes a memo of them in a transaction under way. */
    Uni<Void> write(Mutiny.Session session, Work work, Minutes minutes) {
        return ChainTable.lock(session)
                .take()
                .chain(head ->
                        MemoTable.time(work).chain(now -> memos.write(session, work, head, minutes, now, Trace.NONE)));
    }

    /** Appends that many addenda, in one statement, and gives the chain's new end. */
    Head grow(int count) {
        return await(sessions.run((session, work) -> ChainTable.lock(session)
                .take()
                .chain(locked -> {
                    List<Link> links = new ArrayList<>();
                    Head head = locked.head().toHead();
                    String decision = "long-" + UUID.randomUUID();
                    for (int i = 0; i < count; i++) {
                        links.add(Chain.append(head, Kind.FALSIFIER_LAPSED, decision, "demo", Map.of("said", i), AT));
                        head = links.getLast().head();
                    }
                    Head end = head;
                    locked.head().become(end);
                    return work.connection()
                            .preparedQuery("INSERT INTO dissent_link SELECT p, 'FALSIFIER_LAPSED', $2, 'demo', b,"
                                    + " octet_length(b), r, h, now() FROM unnest($1::bigint[], $3::text[], $4::text[],"
                                    + " $5::text[]) AS l (p, b, r, h)")
                            .execute(Tuple.of(
                                    links.stream().map(Link::position).toArray(Long[]::new),
                                    decision,
                                    links.stream().map(Link::body).toArray(String[]::new),
                                    links.stream().map(Link::previous).toArray(String[]::new),
                                    links.stream().map(Link::hash).toArray(String[]::new)))
                            .replaceWith(end);
                })));
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(PATIENCE);
    }
}
