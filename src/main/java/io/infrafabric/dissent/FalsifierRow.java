package io.infrafabric.dissent;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.UUID;

/** A falsifier in the database. Never leaves the room; {@link Falsifier} does. */
@Entity
@Table(name = "dissent_falsifier")
class FalsifierRow {
    @Id
    UUID id;

    String decision;
    String swarm;

    @Column(name = "named_by")
    String namedBy;

    String statement;

    @Column(name = "due_at")
    Instant dueAt;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    Falsifier.State state;

    @Column(name = "ended_at")
    Instant endedAt;

    @Column(name = "observed_by")
    String observedBy;

    @Version
    long version;

    protected FalsifierRow() {}

    FalsifierRow(UUID id, String decision, String swarm, String namedBy, Memo.Falsifier named) {
        this.id = id;
        this.decision = decision;
        this.swarm = swarm;
        this.namedBy = namedBy;
        this.statement = named.statement();
        this.dueAt = named.dueAt();
        this.state = Falsifier.State.OPEN;
    }

    Falsifier toFalsifier() {
        return new Falsifier(id.toString(), decision, swarm, namedBy, statement, dueAt, state, endedAt, observedBy);
    }

    /** Records how it ended. The database owns the version, which grows with the flush. */
    void end(Falsifier.State how, Instant at, String by) {
        state = how;
        endedAt = at;
        observedBy = by;
    }
}
