package io.infrafabric.dissent;

import io.infrafabric.bus.Sessions;
import io.infrafabric.dissent.Chain.Broken;
import io.infrafabric.dissent.Chain.Fault;
import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Chain.Link;
import io.infrafabric.door.Code;
import io.infrafabric.door.Problem;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * The chain's only writer. Who appends has the head's row under lock, before anything else of this room: so links come one
 * after the other, however many processes append.
 */
@ApplicationScoped
@RegisterForReflection(targets = {Memo.class, MemoStore.Resolution.class, FalsifierStore.Ended.class})
public class ChainStore {
    /** As many links as fit, but always one. */
    private static final String PAGE = "select position, kind, decision, swarm, body, size, previous, hash, at"
            + " from (select l.*, sum(size) over (order by position) as bytes"
            + " from (select * from dissent_link where position > :after and position <= :upTo"
            + " order by position limit :most) l) p where bytes <= :bytes or bytes = size order by position";

    /**
     * What a verification found.
     *
     * @param memos memos that were read until then
     * @param links memos and addenda that were read until then
     * @param head the chain's end when it began
     * @param firstBroken {@code null} if all is intact
     */
    record Verified(boolean intact, long memos, long links, String head, Broken firstBroken) {}

    private final Sessions sessions;
    private final DissentConfig config;
    private final Semaphore verifying;

    ChainStore(Sessions sessions, DissentConfig config) {
        this.sessions = sessions;
        this.config = config;
        this.verifying = new Semaphore(config.maxVerifying());
    }

    /** Locks the end of the chain to the end of the transaction. */
    static Uni<HeadRow> lock(Mutiny.Session session) {
        return session.find(HeadRow.class, HeadRow.ID, LockModeType.PESSIMISTIC_WRITE);
    }

    /** Appends to the chain, whose head is under lock. */
    static Uni<Link> append(
            Mutiny.Session session,
            HeadRow head,
            Chain.Kind kind,
            String decision,
            String swarm,
            Object content,
            Instant at) {
        Link link = Chain.append(head.toHead(), kind, decision, swarm, content, at);
        head.become(link.head());
        return session.persist(new LinkRow(link)).chain(session::flush).replaceWith(link);
    }

    /** The memo of a decision and its addenda, in the order of the chain. */
    Uni<List<Link>> of(String decision) {
        return sessions.read(session -> session.createSelectionQuery(
                                "from LinkRow l where l.decision = :decision order by l.position", LinkRow.class)
                        .setParameter("decision", decision)
                        .getResultList())
                .map(rows -> rows.stream().map(LinkRow::toLink).toList());
    }

    /**
     * Reads the whole chain and checks each link, in transactions of a page each: what is appended meanwhile is not waited
     * for.
     *
     * @param known a head that was seen earlier, {@code null} for none: the chain must go through it
     */
    Uni<Verified> verify(Head known) {
        if (!verifying.tryAcquire()) {
            throw Problem.of(Code.IF_ERR_OVERLOADED, "The chain is being verified already.");
        }
        return sessions.read(session -> session.find(HeadRow.class, HeadRow.ID).map(HeadRow::toHead))
                .chain(end -> walk(new Walk(end, known, Head.START, 0)))
                .eventually(() -> verifying.release());
    }

    /** A verification under way: what it must come to, and how far it is. */
    private record Walk(Head end, Head known, Head at, long memos) {
        Walk on(List<Link> links) {
            long more = links.stream()
                    .filter(link -> link.kind() == Chain.Kind.MEMO)
                    .count();
            return new Walk(end, known, links.getLast().head(), memos + more);
        }

        Verified ended(Broken broken) {
            return new Verified(broken == null, memos, at.position(), end.toString(), broken);
        }

        /** A head that is named must be the link at its place. */
        Optional<Broken> contradicts(List<Link> links) {
            return links.stream()
                    .filter(link -> known != null
                            && link.position() == known.position()
                            && !link.hash().equals(known.hash()))
                    .map(link -> new Broken(link.position(), link.decision(), Fault.NOT_THE_HEAD))
                    .findFirst();
        }

        /** What is wrong at the end, where every link is what it says. */
        Broken last() {
            if (known != null && known.position() > end.position()) {
                return new Broken(end.position() + 1, null, Fault.MISSING);
            }
            return at.equals(end) ? null : new Broken(end.position(), null, Fault.NOT_THE_HEAD);
        }
    }

    private Uni<Verified> walk(Walk walk) {
        if (walk.at().position() >= walk.end().position()) {
            return Uni.createFrom().item(walk.ended(walk.last()));
        }
        return page(walk.at().position(), walk.end().position()).chain(links -> {
            if (links.isEmpty()) {
                return Uni.createFrom().item(walk.ended(new Broken(walk.at().position() + 1, null, Fault.MISSING)));
            }
            Optional<Broken> broken = Chain.check(walk.at(), links);
            Optional<Broken> other = walk.contradicts(links);
            Broken first = first(broken.orElse(null), other.orElse(null));
            return first == null ? walk(walk.on(links)) : Uni.createFrom().item(walk.ended(first));
        });
    }

    private static Broken first(Broken one, Broken other) {
        if (one == null || other == null) {
            return one == null ? other : one;
        }
        return one.position() <= other.position() ? one : other;
    }

    private Uni<List<Link>> page(long after, long upTo) {
        return sessions.read(session -> session.createNativeQuery(PAGE, LinkRow.class)
                        .setParameter("after", after)
                        .setParameter("upTo", upTo)
                        .setParameter("most", config.verifyPage())
                        .setParameter("bytes", (long) config.verifyBytes())
                        .getResultList())
                .map(rows -> rows.stream().map(LinkRow::toLink).toList());
    }
}
