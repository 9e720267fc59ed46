package io.infrafabric.consensus;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
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
 * once, and keeps it; a sealed one gets it as it closes, since it would show what votes cite. Consensus has its own copy of the contradictions, kept by relation's events.
 *
 * <p>Votes that cite claims share an advisory lock that those events take alone, before anything else is locked: so a vote
 * that is cast while a contradiction is found is not overlooked.
 */
final class EvidenceStore {
    private static final String CLAIM = "claim:";
    private static final String BY = "disputed evidence";
    private static final String KEY = "(hashtextextended('consensus.contradiction', 0))";

    private static final String CITING = "SELECT DISTINCT v.decision FROM consensus_vote v JOIN consensus_decision d"
            + " ON d.id = v.decision AND d.state = 'OPEN' WHERE v.current AND v.evidence && $1::text[]";

    private static final String SPLIT = """
            WITH cited AS (
              SELECT DISTINCT v.decision, e.claim FROM consensus_vote v, unnest(v.evidence) AS e(claim)
               WHERE v.decision = ANY($1) AND v.current AND starts_with(e.claim, 'claim:'))
            SELECT DISTINCT a.decision FROM cited a JOIN consensus_contradiction c ON c.first = a.claim
              JOIN cited b ON b.decision = a.decision AND b.claim = c.second
            """;

    private EvidenceStore() {}

    /** Whether a vote cites a claim, so that {@link #share} has to come first. */
    static boolean citesClaims(Vote.Words words) {
        return words.evidence().stream().anyMatch(cited -> cited.startsWith(CLAIM));
    }

    /** Keeps contradictions as they are until the transaction has ended. */
    static Uni<Void> share(Work work) {
        return lock(work, "SELECT pg_advisory_xact_lock_shared" + KEY);
    }

    /** Writes contradictions down that were found, and gives the open decisions that cite a side of one. */
    static Uni<List<String>> found(Work work, List<ContradictionFound> found) {
        if (found.isEmpty()) {
            return Uni.createFrom().item(List.of());
        }
        SqlConnection connection = work.connection();
        Set<String> sides = new HashSet<>();
        found.forEach(one -> sides.addAll(List.of(CLAIM + one.claim1(), CLAIM + one.claim2())));
        return lock(work, "SELECT pg_advisory_xact_lock" + KEY)
                .chain(() -> connection
                        .preparedQuery("INSERT INTO consensus_contradiction"
                                + " SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING")
                        .execute(Tuple.of(
                                Rows.column(found, ContradictionFound::contradiction, String[]::new),
                                Rows.column(found, one -> CLAIM + one.claim1(), String[]::new),
                                Rows.column(found, one -> CLAIM + one.claim2(), String[]::new))))
                .chain(() -> connection.preparedQuery(CITING).execute(Tuple.of(sides.toArray(String[]::new))))
                .map(rows -> Rows.all(rows, row -> row.getString(0)));
    }

    /** Forgets a contradiction. What it raised stays: the votes were cast on it. */
    static Uni<Void> ended(Work work, ContradictionEnded ended) {
        return work.connection()
                .preparedQuery("DELETE FROM consensus_contradiction WHERE id = $1")
                .execute(Tuple.of(ended.contradiction()))
                .replaceWithVoid();
    }

    /** Raises the hazard for those of the decisions, whose rows are under lock, that cite both sides of a contradiction. */
    static Uni<Void> raise(Work work, Collection<DecisionRow> decisions) {
        return check(work, decisions.stream().filter(row -> !row.sealed).toList());
    }

    /** The same for a sealed decision, which is about to close. */
    static Uni<Void> unseal(Work work, DecisionRow decision) {
        return check(work, List.of(decision));
    }

    private static Uni<Void> check(Work work, List<DecisionRow> decisions) {
        List<DecisionRow> open = decisions.stream()
                .filter(row -> row.state == Decision.State.OPEN)
                .filter(row -> !List.of(row.hazards).contains(Hazard.CONFLICT.word()))
                .toList();
        if (open.isEmpty()) {
            return Uni.createFrom().voidItem();
        }
        return work.connection()
                .preparedQuery(SPLIT)
                .execute(Tuple.of((Object) Rows.column(open, row -> row.id, String[]::new)))
                .invoke(rows -> {
                    Set<String> split = new HashSet<>(Rows.all(rows, row -> row.getString(0)));
                    open.stream().filter(row -> split.contains(row.id)).forEach(row -> {
                        row.raise(Set.of(Hazard.CONFLICT));
                        work.emit(
                                new HazardsRaised(row.id, row.swarm, List.of(row.hazards), BY),
                                new Trace(null, row.traceToken));
                    });
                })
                .replaceWithVoid();
    }

    private static Uni<Void> lock(Work work, String statement) {
        return work.connection().query(statement).execute().replaceWithVoid();
    }
}
