package io.infrafabric.escalation;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.UUID;

/** A delivery in the database, with its body. Never leaves the room; {@link WebhookDelivery} does, without the body. */
@Entity
@Table(name = "escalation_delivery")
class DeliveryRow {
    @Id
    UUID id;

    String webhook;

    @Column(name = "case_id")
    UUID caseId;

    /** The event that it tells of, if it was asked for by its type; {@code case_id} is the same then. */
    UUID event;

    String type;
    String body;

    @Enumerated(EnumType.STRING)
    @Column(columnDefinition = "text")
    WebhookDelivery.State state;

    int attempt;
    int before;

    @Column(name = "next_at")
    Instant nextAt;

    @Column(name = "lease_until")
    Instant leaseUntil;

    Integer status;
    String error;

    @Column(name = "created_at")
    Instant createdAt;

    @Column(name = "ended_at")
    Instant endedAt;

    @Version
    long version;

    protected DeliveryRow() {}

    /** A delivery to try at once. */
    DeliveryRow(UUID id, String webhook, UUID caseId, String type, String body, Instant now) {
        this.id = id;
        this.webhook = webhook;
        this.caseId = caseId;
        this.type = type;
        this.body = body;
        this.state = WebhookDelivery.State.WAITING;
        this.nextAt = now;
        this.createdAt = now;
    }

    /** A delivery of an event, to try at once. */
    static DeliveryRow ofEvent(UUID id, String webhook, UUID event, String type, String body, Instant now) {
        DeliveryRow row = new DeliveryRow(id, webhook, event, type, body, now);
        row.event = event;
        return row;
    }

    WebhookDelivery toDelivery() {
        return new WebhookDelivery(
                id.toString(),
                webhook,
                event == null ? caseId.toString() : null,
                event == null ? null : event.toString(),
                type,
                state,
                attempt,
                before,
                nextAt,
                leaseUntil,
                status,
                error,
                createdAt,
                endedAt);
    }

    void become(WebhookDelivery now) {
        state = now.state();
        attempt = now.attempt();
        before = now.before();
        nextAt = now.nextAt();
        leaseUntil = now.leaseUntil();
        status = now.status();
        error = now.error();
        endedAt = now.endedAt();
    }
}
