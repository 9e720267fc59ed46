package io.infrafabric.consensus;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.infrafabric.consensus.DecisionTransaction.Proposal;
import io.infrafabric.consensus.Decisions.Filter;
import io.infrafabric.consensus.Opening.Frozen;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.persistence.LockModeType;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.reactive.mutiny.Mutiny;

/** The tables of decisions and their electors. Works in the given session. */
final class DecisionTable {
    /** The key decides between two decisions with the same id: the second waits for the first, and is not inserted. */
    private static final String OPEN =
            "insert into DecisionRow (id, swarm, summary, rationale, hazards, electors, quorum,"
                    + " majority, supermajority, closesAt, sealed, correlation, minIndependent, openedBy, openedAt, traceToken,"
                    + " reopens, words, state, version) values (:id, :swarm, :summary, :rationale, :hazards, :electors, :quorum,"
                    + " :majority, :supermajority, :closesAt, :sealed, :correlation, :minIndependent, :openedBy, :openedAt,"
                    + " :traceToken, :reopens, 0, :state, 0) on conflict do nothing";

    private static final String COPY_ELECTORS = "insert into consensus_elector (decision, session, provider, model)"
            + " select :new, session, provider, model from consensus_elector where decision = :old";

    private static final String EXTEND = "WITH open AS (SELECT id FROM consensus_decision"
            + " WHERE state = 'OPEN' AND closes_at > $2 ORDER BY id FOR UPDATE)"
            + " UPDATE consensus_decision d SET closes_at = closes_at + $1 * interval '1 millisecond',"
            + " unreachable_since = unreachable_since + $1 * interval '1 millisecond',"
            + " version = version + 1 FROM open WHERE open.id = d.id";

    /**
     * The proof that a decision's row is locked. Methods that change it demand it. Only the lock makes it, and the
     * insert of a new decision, which nobody else sees before the commit.
     */
    static final class Locked {
        private final DecisionRow row;

        private Locked(DecisionRow row) {
            this.row = row;
        }

        DecisionRow row() {
            return row;
        }
    }

    /** Locks those of the decisions that exist, in the order of their ids. */
    static Lock<Locks.Decisions, List<Locked>> lock(Mutiny.Session session, Collection<String> ids) {
        if (ids.isEmpty()) {
            return Lock.none(Uni.createFrom().item(List.of()));
        }
        return Lock.of(
                session.createSelectionQuery("from DecisionRow d where d.id in :ids order by d.id", DecisionRow.class)
                        .setParameter("ids", ids)
                        .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                        .getResultList()
                        .map(rows -> rows.stream().map(Locked::new).toList()));
    }

    /** Inserts a decision with its electors; {@code null} if there is one with its id, for which this waits. */
    static Lock<Locks.Decisions, Locked> insert(Mutiny.Session session, Proposal proposal, Frozen frozen, Instant now) {
        Rules rules = frozen.rules();
        Uni<Integer> inserted = session.createMutationQuery(OPEN)
                .setParameter("id", proposal.id())
                .setParameter("swarm", proposal.swarm())
                .setParameter("summary", proposal.summary())
                .setParameter("rationale", proposal.rationale())
                .setParameter("hazards", Hazard.words(proposal.hazards()).toArray(String[]::new))
                .setParameter("electors", frozen.electors().size())
                .setParameter("quorum", rules.quorum())
                .setParameter("majority", rules.majority())
                .setParameter("supermajority", rules.supermajority())
                .setParameter("closesAt", rules.closesAt())
                .setParameter("sealed", rules.sealed())
                .setParameter("correlation", rules.correlation())
                .setParameter("minIndependent", rules.minIndependent())
                .setParameter("openedBy", proposal.openedBy())
                .setParameter("openedAt", now)
                .setParameter("traceToken", proposal.trace().token())
                .setParameter("reopens", (Object) null)
                .setParameter("state", Decision.State.OPEN)
                .executeUpdate();
        return Lock.of(inserted.chain(rows -> rows == 0
                ? Uni.createFrom().nullItem()
                : session.persistAll(frozen.electors().stream()
                                .map(elector -> new ElectorRow(proposal.id(), elector))
                                .toArray())
                        .chain(() -> session.find(DecisionRow.class, proposal.id()))
                        .map(Locked::new)));
    }

    /** Inserts a decision whose id is new, with the electors of another one. */
    static Uni<Locked> insert(Mutiny.Session session, DecisionRow fresh, String electorsOf) {
        return session.persist(fresh)
                .chain(session::flush)
                .chain(() -> session.createNativeQuery(COPY_ELECTORS)
                        .setParameter("new", fresh.id)
                        .setParameter("old", electorsOf)
                        .executeUpdate())
                .replaceWith(() -> new Locked(fresh));
    }

    /** The open decisions in which one of these sessions may vote. */
    static Uni<List<String>> openWith(Mutiny.Session session, Collection<String> sessions) {
        return sessions.isEmpty()
                ? Uni.createFrom().item(new ArrayList<>())
                : session.createSelectionQuery(
                                "select distinct e.decision from ElectorRow e join DecisionRow d on d.id = e.decision"
                                        + " where e.session in :sessions and d.state = OPEN",
                                String.class)
                        .setParameter("sessions", sessions)
                        .getResultList();
    }

    /** The open decisions that put one of these to the vote again. */
    static Uni<List<String>> openAgain(Mutiny.Session session, Collection<String> old) {
        return old.isEmpty()
                ? Uni.createFrom().item(List.of())
                : session.createSelectionQuery(
                                "select d.id from DecisionRow d where d.reopens in :old and d.state = OPEN",
                                String.class)
                        .setParameter("old", old)
                        .getResultList();
    }

    /** Locks the open decision that puts this one to the vote again; {@code null} if there is none. */
    static Lock<Locks.Decisions, Locked> lockAgain(Mutiny.Session session, String old) {
        return Lock.of(session.createSelectionQuery(
                        "from DecisionRow d where d.reopens = :old and d.state = OPEN order by d.id", DecisionRow.class)
                .setParameter("old", old)
                .setMaxResults(1)
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getSingleResultOrNull()
                .map(row -> row == null ? null : new Locked(row)));
    }

    /** Moves the times of open decisions by a gap. */
    static Uni<Void> extend(SqlConnection connection, Instant gapStart, Duration gap) {
        OffsetDateTime from = gapStart.atOffset(ZoneOffset.UTC);
        return connection
                .preparedQuery(EXTEND)
                .execute(Tuple.of(gap.toMillis(), from))
                .replaceWithVoid();
    }

    // What stands with the elector has its decisions in the order of the page. Those that are open are few, whoever may
    // vote.
    private static final String OF_ELECTOR = "select d.* from consensus_elector e, lateral"
            + " (select * from consensus_decision where id = e.decision offset 0) d where ";

    private static final String WITH_ELECTOR =
            ", lateral (select * from consensus_elector" + " where decision = d.id and session = :elector offset 0) e";

    /** One page, newest first. */
    static Uni<List<DecisionRow>> page(Mutiny.Session session, Filter filter, int limit) {
        boolean byElector = filter.elector() != null && filter.state() != Decision.State.OPEN;
        String state = filter.state() == null ? null : filter.state().name();
        Instant at = filter.beforeAt() == null ? Rows.FOREVER : filter.beforeAt();
        String id = filter.beforeId() == null ? "" : filter.beforeId();
        Map<String, Object> given = new HashMap<>();
        StringBuilder query = new StringBuilder();
        NewestFirst page;
        if (byElector) {
            page = NewestFirst.by("e.opened_at", "e.decision")
                    .only("e.session", filter.elector())
                    .only("e.voted", filter.voted());
            query.append(OF_ELECTOR).append(page.before(at, id).condition());
            and(query, given, " and d.swarm = :swarm", "swarm", filter.swarm());
            and(query, given, " and d.state = :state", "state", state);
        } else {
            page = NewestFirst.by("d.opened_at", "d.id")
                    .only("d.swarm", filter.swarm())
                    .only("d.state", state);
            query.append("select d.* from consensus_decision d").append(filter.elector() == null ? "" : WITH_ELECTOR);
            query.append(" where ").append(page.before(at, id).condition());
            and(query, given, "", "elector", filter.elector());
            and(query, given, " and e.voted = :voted", "voted", filter.voted());
        }
        page.bind(given::put);
        var selection = session.createNativeQuery(query.append(page.order()).toString(), DecisionRow.class);
        given.forEach(selection::setParameter);
        return selection.setMaxResults(limit).getResultList();
    }

    private static void and(
            StringBuilder query, Map<String, Object> given, String condition, String name, Object value) {
        if (value != null) {
            query.append(condition);
            given.put(name, value);
        }
    }

    private DecisionTable() {}
}
