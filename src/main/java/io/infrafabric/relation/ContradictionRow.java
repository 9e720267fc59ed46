package io.infrafabric.relation;

import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.relation.Contradiction.End;
import io.infrafabric.relation.Contradiction.Ground;
import io.infrafabric.relation.Contradiction.Sides;
import io.infrafabric.relation.Contradiction.Weight;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** A contradiction in the database. Never leaves the room; {@link Contradiction} does. Only read here. */
@Entity
@Table(name = "relation_contradiction")
class ContradictionRow {
    @Id
    UUID id;

    String swarm;

    @Column(name = "first_node")
    long firstNode;

    @Column(name = "second_node")
    long secondNode;

    @Column(name = "through_node")
    Long throughNode;

    String claim1;
    int version1;
    String claim2;
    int version2;
    String through;

    @Column(name = "through_version")
    Integer throughVersion;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    Contradiction.Kind kind;

    String[] path;
    double certainty;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    Severity severity;

    double score;
    int resting;

    @Column(name = "found_at")
    Instant foundAt;

    @Column(name = "ended_at")
    Instant endedAt;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    Contradiction.Ended ended;

    boolean escalated;

    protected ContradictionRow() {}

    Contradiction toContradiction() {
        return new Contradiction(
                id.toString(),
                swarm,
                new Sides(claim1, version1, claim2, version2),
                new Ground(kind, kind != Contradiction.Kind.DECLARED, through, throughVersion, List.of(path)),
                new Weight(severity, score, resting),
                foundAt,
                new End(endedAt, ended),
                escalated);
    }
}
