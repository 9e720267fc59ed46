package io.infrafabric.consensus;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.RelationEvent.ContradictionEnded;
import io.infrafabric.event.RelationEvent.ContradictionFound;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Consensus's own copy of the contradictions between claims, and which decisions cite both sides of one. */
final class DisputedEvidenceTable {
    private static final String KEY = "(hashtextextended('consensus.contradiction', 0))";
    private static final String SHARE = "SELECT pg_advisory_xact_lock_shared" + KEY;
    private static final String ALONE = "SELECT pg_advisory_xact_lock" + KEY;

    private static final String FOUND = "INSERT INTO consensus_contradiction (id, first, second, swarm)"
            + " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING";

    private static final String ENDED = "INSERT INTO consensus_contradiction (id, first, second, swarm, ended)"
            + " SELECT *, true FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])"
            + " ON CONFLICT (id) DO UPDATE SET ended = true";

    // Decisions that lost a reason for the hazard, and decisions that gained one. A dispute that is over no longer
    // counts, even while its row is still there.
    private static final String CONCERNED = """
            SELECT s.decision FROM consensus_dispute s JOIN consensus_contradiction c ON c.id = s.contradiction AND c.ended
             WHERE s.contradiction = ANY($1)
             UNION
            SELECT a.decision FROM consensus_contradiction c
              JOIN consensus_decision d ON d.state = 'OPEN' AND NOT d.sealed AND (d.disputed OR $2 <> ALL (d.hazards))
               AND coalesce(c.swarm, d.swarm) = d.swarm
              JOIN consensus_vote a ON a.decision = d.id AND a.current AND c.first = ANY(a.evidence)
              JOIN consensus_vote b ON b.decision = d.id AND b.current AND c.second = ANY(b.evidence)
             WHERE c.id = ANY($1) AND NOT c.ended AND NOT EXISTS (
                   SELECT 1 FROM consensus_dispute s WHERE s.decision = d.id AND s.contradiction = c.id)
             LIMIT $3
            """;

    private static final String RELEASE = "DELETE FROM consensus_dispute s USING consensus_contradiction c"
            + " WHERE s.decision = ANY($1) AND c.id = s.contradiction AND c.ended";

    private static final String HOLD = """
            WITH cited AS (
              SELECT DISTINCT v.decision, d.swarm, e.claim FROM consensus_vote v
                JOIN consensus_decision d ON d.id = v.decision, unnest(v.evidence) AS e(claim)
               WHERE v.decision = ANY($1) AND v.current AND starts_with(e.claim, 'claim:'))
            INSERT INTO consensus_dispute (decision, contradiction)
            SELECT DISTINCT a.decision, c.id FROM cited a JOIN consensus_contradiction c
                ON c.first = a.claim AND NOT c.ended AND coalesce(c.swarm, a.swarm) = a.swarm
              JOIN cited b ON b.decision = a.decision AND b.claim = c.second
            ON CONFLICT DO NOTHING
            """;

    private static final String HELD = "SELECT DISTINCT s.decision FROM consensus_dispute s"
            + " JOIN consensus_contradiction c ON c.id = s.contradiction AND NOT c.ended WHERE s.decision = ANY($1)";

    /** The proof that contradictions stay as they are until the transaction has ended. Only their lock makes it. */
    static sealed class Locked {
        private Locked() {}
    }

    /** The proof that nobody else has locked contradictions. Methods that write them demand it. */
    static final class Alone extends Locked {
        private Alone() {}
    }

    /** Keeps contradictions as they are until the transaction has ended. */
    static Lock<Locks.Turns, Locked> share(Work work) {
        return Lock.of(work.connection().query(SHARE).execute().map(shared -> new Locked()));
    }

    /** Keeps everybody else from {@linkplain #share sharing} them until the transaction has ended. */
    static Lock<Locks.Turns, Alone> alone(Work work) {
        return Lock.of(work.connection().query(ALONE).execute().map(taken -> new Alone()));
    }

    /** Writes down contradictions that were found, unless they are known. */
    static Uni<Void> found(Work work, Alone locked, List<ContradictionFound> found) {
        return work.connection()
                .preparedQuery(FOUND)
                .execute(Tuple.of(
                        Rows.column(found, ContradictionFound::contradiction, String[]::new),
                        Rows.column(found, one -> Vote.CLAIM + one.claim1(), String[]::new),
                        Rows.column(found, one -> Vote.CLAIM + one.claim2(), String[]::new),
                        Rows.column(found, ContradictionFound::swarm, String[]::new)))
                .replaceWithVoid();
    }

    /** Records that contradictions have ended, including those that nobody has reported as found. */
    static Uni<Void> ended(Work work, Alone locked, List<ContradictionEnded> ended) {
        return work.connection()
                .preparedQuery(ENDED)
                .execute(Tuple.of(
                        Rows.column(ended, ContradictionEnded::contradiction, String[]::new),
                        Rows.column(ended, one -> Vote.CLAIM + one.claim1(), String[]::new),
                        Rows.column(ended, one -> Vote.CLAIM + one.claim2(), String[]::new),
                        Rows.column(ended, ContradictionEnded::swarm, String[]::new)))
                .replaceWithVoid();
    }

    /**
     * A limited number of decisions that these contradictions concern: open ones without the hazard that cite both
     * sides of a standing contradiction, and those that have the hazard because of an ended one.
     */
    static Uni<Set<String>> concerned(Work work, Collection<String> contradictions, int most) {
        return work.connection()
                .preparedQuery(CONCERNED)
                .execute(Tuple.of(contradictions.toArray(String[]::new), Hazard.CONFLICT.word(), most))
                .map(rows -> Set.copyOf(Rows.all(rows, row -> row.getString(0))));
    }

    /** Contradictions that have ended are no reason for the hazard of these decisions any more. */
    static Uni<Void> release(Work work, Alone locked, Collection<String> decisions) {
        return work.connection().preparedQuery(RELEASE).execute(of(decisions)).replaceWithVoid();
    }

    /** Writes down of which contradictions these decisions cite both sides. */
    static Uni<Void> hold(Work work, Collection<String> decisions) {
        return work.connection().preparedQuery(HOLD).execute(of(decisions)).replaceWithVoid();
    }

    /** Which of these decisions cite both sides of a contradiction that stands. */
    static Uni<Set<String>> held(Work work, Collection<String> decisions) {
        return work.connection()
                .preparedQuery(HELD)
                .execute(of(decisions))
                .map(rows -> Set.copyOf(Rows.all(rows, row -> row.getString(0))));
    }

    private static Tuple of(Collection<String> decisions) {
        return Tuple.of((Object) decisions.toArray(String[]::new));
    }

    private DisputedEvidenceTable() {}
}
