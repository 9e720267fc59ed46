package io.infrafabric.dissent;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** The search keys of a memo, in the database. Never leaves the room. */
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
}
