package io.infrafabric.escalation;

import io.infrafabric.event.EscalationEvent.Severity;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.List;

/** A webhook in the database, with its secret. Never leaves the room; {@link Webhook} does, without the secret. */
@Entity
@Table(name = "escalation_webhook")
class WebhookRow {
    @Id
    String name;

    String swarm;
    String url;
    String secret;

    @Enumerated(EnumType.STRING)
    @Column(name = "min_severity", columnDefinition = "text")
    Severity minSeverity;

    String[] types;

    boolean enabled;

    @Column(name = "disabled_why")
    String disabledWhy;

    @Column(name = "created_at")
    Instant createdAt;

    @Version
    long version;

    protected WebhookRow() {}

    WebhookRow(String name, String swarm, Instant now) {
        this.name = name;
        this.swarm = swarm;
        this.minSeverity = Severity.LOW;
        this.types = new String[0];
        this.createdAt = now;
    }

    Webhook toWebhook() {
        return new Webhook(name, swarm, url, minSeverity, List.of(types), enabled, disabledWhy, createdAt);
    }
}
