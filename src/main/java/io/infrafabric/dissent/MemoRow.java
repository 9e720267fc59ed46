package io.infrafabric.dissent;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;

/** What a memo is found by, in the database. Never leaves the room: {@link Found} does. */
@Entity
@Table(name = "dissent_memo")
class MemoRow {
    @Id
    long position;

    String decision;
    String swarm;
    String summary;
    String outcome;
    String[] sessions;
    String[] objected;
    Instant at;

    protected MemoRow() {}

    MemoRow(long position, String decision, String swarm, Memo memo) {
        this.position = position;
        this.decision = decision;
        this.swarm = swarm;
        this.summary = memo.decisionSummary();
        this.outcome = memo.outcome();
        this.sessions = memo.votes().stream().map(Memo.Ballot::session).toArray(String[]::new);
        this.objected = memo.dissentingViews().stream().map(Memo.View::session).toArray(String[]::new);
        this.at = memo.timestamp();
    }

    Found toFound() {
        return new Found(decision, swarm, summary, outcome, List.of(objected), at, position);
    }

    /**
     * A memo that was found.
     *
     * @param objected who rejected it
     * @param position of its link in the chain
     */
    record Found(
            String decision,
            String swarm,
            String summary,
            String outcome,
            List<String> objected,
            Instant at,
            long position) {}
}
