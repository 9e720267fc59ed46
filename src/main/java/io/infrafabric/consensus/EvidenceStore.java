package io.infrafabric.consensus;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.ConsensusEvent.HazardsLifted;
import io.infrafabric.event.ConsensusEvent.HazardsRaised;
import io.infrafabric.event.RelationEvent.ContradictionEnded;
import io.infrafabric.event.RelationEvent.ContradictionFound;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Disputed evidence: an open decision whose votes cite both sides of a contradiction gets the hazard {@code conflict>20%},
 * and keeps it until the last such contradiction has ended, unless somebody has named that hazard, too. A sealed decision
 * gets it as it closes, since it would show what votes cite. Consensus has its own copy of the contradictions, kept by
 * relation's events.
 *
 * <p>Votes that cite claims share an advisory lock that those events take alone, before anything else is locked: so a vote
 * that is cast while a contradiction is found or ends is not overlooked.
 */
final class EvidenceStore {
    private static final String CLAIM = "claim:";
    private static final String BY = "disputed evidence";
    private static final String KEY = "(hashtextextended('consensus.contradiction', 0))";

    private static final String CITING = "SELECT DISTINCT v.decision FROM consensus_vote v JOIN consensus_decision d"
            + " ON d.id = v.decision AND d.state = 'OPEN' WHERE v.current AND v.evidence && $1::text[]";

    private static final String FOUND = "INSERT INTO consensus_contradiction (id, first, second)"
            + " SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING";

    private static final String ENDED = "INSERT INTO consensus_contradiction (id, first, second, ended)"
            + " SELECT *, true FROM unnest($1::text[], $2::text[], $3::text[])"
            + " ON CONFLICT (id) DO UPDATE SET ended = true";

    private static final String RELEASE = """
            WITH released AS (DELETE FROM consensus_dispute WHERE contradiction = ANY($1) RETURNING decision)
            SELECT DISTINCT r.decision FROM released r JOIN consensus_decision d ON d.id = r.decision AND d.state = 'OPEN'
            """;

    private static final String HOLD = """
            WITH cited AS (
              SELECT DISTINCT v.decision, e.claim FROM consensus_vote v, unnest(v.evidence) AS e(claim)
               WHERE v.decision = ANY($1) AND v.current AND starts_with(e.claim, 'claim:'))
            INSERT INTO consensus_dispute (decision, contradiction)
            SELECT DISTINCT a.decision, c.id FROM cited a JOIN consensus_contradiction c ON c.first = a.claim AND NOT c.ended
              JOIN cited b ON b.decision = a.decision AND b.claim = c.second
            ON CONFLICT DO NOTHING
            """;

    private static final String HELD = "SELECT DISTINCT decision FROM consensus_dispute WHERE decision = ANY($1)";

    private EvidenceStore() {}

    /** Whether a vote cites a claim, so that {@link #share} has to come first. */
    static boolean citesClaims(Vote.Words words) {
        return words.evidence().stream().anyMatch(cited -> cited.startsWith(CLAIM));
    }

    /** Keeps contradictions as they are until the transaction has ended. */
    static Uni<Void> share(Work work) {
        return lock(work, "SELECT pg_advisory_xact_lock_shared" + KEY);
    }

    /**
     * Writes contradictions down that were found or have ended, and gives the open decisions that this matters to: those
     * that cite a side of a new one, and those that had the hazard because of one that is over.
     */
    static Uni<Set<String>> learn(Work work, List<ContradictionFound> found, List<ContradictionEnded> ended) {
        Set<String> decisions = new HashSet<>();
        return found.isEmpty() && ended.isEmpty()
                ? Uni.createFrom().item(decisions)
                : lock(work, "SELECT pg_advisory_xact_lock" + KEY)
                        .chain(() -> found(work.connection(), found))
                        .invoke(decisions::addAll)
                        .chain(() -> ended(work.connection(), ended))
                        .invoke(decisions::addAll)
                        .replaceWith(decisions);
    }

    private static Uni<List<String>> found(SqlConnection connection, List<ContradictionFound> found) {
        if (found.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        Set<String> sides = new HashSet<>();
        found.forEach(one -> sides.addAll(List.of(CLAIM + one.claim1(), CLAIM + one.claim2())));
        return connection
                .preparedQuery(FOUND)
                .execute(Tuple.of(
                        Rows.column(found, ContradictionFound::contradiction, String[]::new),
                        Rows.column(found, one -> CLAIM + one.claim1(), String[]::new),
                        Rows.column(found, one -> CLAIM + one.claim2(), String[]::new)))
                .chain(() -> connection.preparedQuery(CITING).execute(Tuple.of(sides.toArray(String[]::new))))
                .map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    private static Uni<List<String>> ended(SqlConnection connection, List<ContradictionEnded> ended) {
        if (ended.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        String[] ids = Rows.column(ended, ContradictionEnded::contradiction, String[]::new);
        return connection
                .preparedQuery(ENDED)
                .execute(Tuple.of(
                        ids,
                        Rows.column(ended, one -> CLAIM + one.claim1(), String[]::new),
                        Rows.column(ended, one -> CLAIM + one.claim2(), String[]::new)))
                .chain(() -> connection.preparedQuery(RELEASE).execute(Tuple.of((Object) ids)))
                .map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    /** Gives the hazard to those of the decisions, whose rows are under lock, that cite both sides, and takes it back. */
    static Uni<Void> weigh(Work work, Collection<DecisionRow> decisions) {
        return check(work, decisions.stream().filter(row -> !row.sealed).toList());
    }

    /** The same for a sealed decision, which is about to close. */
    static Uni<Void> unseal(Work work, DecisionRow decision) {
        return check(work, List.of(decision));
    }

    private static Uni<Void> check(Work work, List<DecisionRow> decisions) {
        List<DecisionRow> open = decisions.stream()
                .filter(row -> row.state == Decision.State.OPEN)
                .filter(row -> row.disputed || !List.of(row.hazards).contains(Hazard.CONFLICT.word()))
                .toList();
        if (open.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        Tuple ids = Tuple.of((Object) Rows.column(open, row -> row.id, String[]::new));
        return work.connection()
                .preparedQuery(HOLD)
                .execute(ids)
                .chain(() -> work.connection().preparedQuery(HELD).execute(ids))
                .invoke(rows -> {
                    Set<String> held = new HashSet<>(Rows.all(rows, row -> row.getString(0)));
                    open.stream()
                            .filter(row -> row.dispute(held.contains(row.id)))
                            .forEach(row -> tell(work, row));
                })
                .replaceWithVoid();
    }

    private static void tell(Work work, DecisionRow row) {
        List<String> hazards = List.of(row.hazards);
        work.emit(
                row.disputed
                        ? new HazardsRaised(row.id, row.swarm, hazards, BY)
                        : new HazardsLifted(row.id, row.swarm, hazards, BY),
                new Trace(null, row.traceToken));
    }

    private static Uni<Void> lock(Work work, String statement) {
        return work.connection().query(statement).execute().replaceWithVoid();
    }
}
