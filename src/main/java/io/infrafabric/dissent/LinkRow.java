package io.infrafabric.dissent;

import io.infrafabric.dissent.Chain.Link;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** A link of the chain in the database, which refuses to change it. Never leaves the room; {@link Link} does. */
@Entity
@Table(name = "dissent_link")
class LinkRow {
    @Id
    long position;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    Chain.Kind kind;

    String decision;
    String swarm;
    String body;
    int size;
    String previous;
    String hash;
    Instant at;

    protected LinkRow() {}

    LinkRow(Link link) {
        this.position = link.position();
        this.kind = link.kind();
        this.decision = link.decision();
        this.swarm = link.swarm();
        this.body = link.body();
        this.size = link.body().getBytes(StandardCharsets.UTF_8).length;
        this.previous = link.previous();
        this.hash = link.hash();
        this.at = link.at();
    }

    Link toLink() {
        return new Link(position, kind, decision, swarm, body, previous, hash, at);
    }
}
