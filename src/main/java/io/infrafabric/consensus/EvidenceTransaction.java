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
import java.util.TreeSet;

/**
 * Disputed evidence: an open decision whose votes cite both sides of a contradiction gets the hazard {@code conflict>20%},
 * and keeps it until the last such contradiction has ended, unless somebody has named that hazard, too. A sealed decision
 * gets it as it closes, since it would show what votes cite. Claims of other swarms are no evidence here: a vote may name
 * them, as it may name what there is not, and nothing follows. Consensus has its own copy of the contradictions, kept by
 * relation's events.
 *
 * <p>Votes that cite claims share an advisory lock that those events take alone, before anything else is locked: so a vote
 * that is cast while a contradiction is found or ends is not overlooked. One transaction gives or takes back the hazard of
 * {@link ConsensusConfig#evidenceBatch} decisions at most; a due row has the next one go on.
 */
final class EvidenceTransaction {
    private static final String CLAIM = "claim:";
    private static final String BY = "disputed evidence";
    private static final String KEY = "(hashtextextended('consensus.contradiction', 0))";

    private static final String FOUND = "INSERT INTO consensus_contradiction (id, first, second, swarm)"
            + " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING";

    private static final String ENDED = "INSERT INTO consensus_contradiction (id, first, second, swarm, ended)"
            + " SELECT *, true FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])"
            + " ON CONFLICT (id) DO UPDATE SET ended = true";

    // Who has lost a reason for the hazard, and who has one more. A dispute that is over counts no more, even while its
    // row is still there.
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

    /** What comes due where a contradiction concerns more decisions than one transaction takes. */
    static final String DUE = "evidence:";

    /**
     * What contradictions that began or ended matter to.
     *
     * @param decisions to be locked, and weighed
     * @param unfinished the contradictions, if they may matter to more decisions than these
     */
    record Concerned(Set<String> decisions, Set<String> unfinished) {}

    private EvidenceTransaction() {}

    /** Whether a vote cites a claim, so that {@link #share} has to come first. */
    static boolean citesClaims(Vote.Words words) {
        return words.evidence().stream().anyMatch(cited -> cited.startsWith(CLAIM));
    }

    /** Keeps contradictions as they are until the transaction has ended. */
    static Uni<Void> share(Work work) {
        return lock(work, "SELECT pg_advisory_xact_lock_shared" + KEY);
    }

    /**
     * Writes contradictions down that were found or have ended, and gives the decisions that this matters to: open ones that
     * cite both sides of a new one, and those that had the hazard because of one that is over.
     *
     * @param leftOver contradictions that concerned more decisions than one transaction took
     * @param most how many decisions at most
     */
    static Uni<Concerned> learn(
            Work work, List<ContradictionFound> found, List<ContradictionEnded> ended, Set<String> leftOver, int most) {
        Set<String> ids = new TreeSet<>(leftOver);
        found.forEach(one -> ids.add(one.contradiction()));
        ended.forEach(one -> ids.add(one.contradiction()));
        if (ids.isEmpty()) {
            return Uni.createFrom().item(new Concerned(Set.of(), Set.of()));
        }
        SqlConnection connection = work.connection();
        return lock(work, "SELECT pg_advisory_xact_lock" + KEY)
                .chain(() -> connection
                        .preparedQuery(FOUND)
                        .execute(Tuple.of(
                                Rows.column(found, ContradictionFound::contradiction, String[]::new),
                                Rows.column(found, one -> CLAIM + one.claim1(), String[]::new),
                                Rows.column(found, one -> CLAIM + one.claim2(), String[]::new),
                                Rows.column(found, ContradictionFound::swarm, String[]::new))))
                .chain(() -> connection
                        .preparedQuery(ENDED)
                        .execute(Tuple.of(
                                Rows.column(ended, ContradictionEnded::contradiction, String[]::new),
                                Rows.column(ended, one -> CLAIM + one.claim1(), String[]::new),
                                Rows.column(ended, one -> CLAIM + one.claim2(), String[]::new),
                                Rows.column(ended, ContradictionEnded::swarm, String[]::new))))
                .chain(() -> connection
                        .preparedQuery(CONCERNED)
                        .execute(Tuple.of(ids.toArray(String[]::new), Hazard.CONFLICT.word(), most)))
                .map(rows -> Set.copyOf(Rows.all(rows, row -> row.getString(0))))
                .call(decisions ->
                        connection.preparedQuery(RELEASE).execute(Tuple.of((Object) decisions.toArray(String[]::new))))
                .map(decisions -> new Concerned(decisions, decisions.size() < most ? Set.of() : ids));
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
