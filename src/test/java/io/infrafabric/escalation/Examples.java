package io.infrafabric.escalation;

import io.infrafabric.event.EscalationEvent.Severity;
import java.time.Instant;
import java.util.List;

/** A case and a delivery, as they begin. */
public final class Examples {
    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

    private Examples() {}

    static Case open() {
        return new Case(
                "c",
                new Case.Matter("budget", "account:session:s", "swarm", "BREAKER_BUDGET"),
                new Case.Wording(
                        Severity.HIGH,
                        "How to go on?",
                        List.of(Options.RAISE_LIMIT, Options.RESET, Options.KEEP_STOPPED),
                        List.of(),
                        "7",
                        null,
                        null),
                Case.Handling.open(NOW),
                1,
                null,
                0);
    }

    static WebhookDelivery waiting() {
        return new WebhookDelivery(
                "d",
                "hook",
                "c",
                null,
                "s2.escalation.case-opened.v1",
                WebhookDelivery.State.WAITING,
                0,
                0,
                NOW,
                null,
                null,
                null,
                NOW,
                null);
    }
}
