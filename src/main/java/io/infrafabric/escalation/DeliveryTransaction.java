package io.infrafabric.escalation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Envelopes;
import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.escalation.WebhookDelivery.Outcome;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.Catalogue;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * Keeps deliveries. Each one that is neither delivered nor dead has a row in {@code bus_due}, written in the same
 * transaction. That row brings it back after a wait, and after the death of the process that worked on it.
 */
@ApplicationScoped
class DeliveryTransaction {
    private static final String FUNCTION = "escalation";
    static final String KIND = "delivery:";

    /** What a receiver gets. */
    @RegisterForReflection
    record Message(String type, Instant timestamp, Case data) {}

    /** A claimed attempt with everything that it needs; {@code at} is when, by the database's clock. */
    record Attempt(UUID id, int number, String url, String secret, String body, Instant at) {}

    /** What became of a call to replay. */
    sealed interface Replay {
        record Replayed(WebhookDelivery now) implements Replay {}

        record Refused(WebhookDelivery now, boolean enabled) implements Replay {}

        record Unknown() implements Replay {}
    }

    private final EntitySessions sessions;
    private final Commands commands;
    private final Due due;
    private final EventIds ids;
    private final ObjectMapper json;
    private final EscalationConfig config;
    private final Retry retry;

    DeliveryTransaction(
            EntitySessions sessions,
            Commands commands,
            Due due,
            EventIds ids,
            ObjectMapper json,
            EscalationConfig config) {
        this.sessions = sessions;
        this.commands = commands;
        this.due = due;
        this.ids = ids;
        this.json = json;
        this.config = config;
        this.retry = new Retry(config.attempts(), config.retryBackoff(), config.retryBackoffMax());
    }

    /** Makes a delivery to every webhook that wants to hear what happened to the case, in the same transaction. */
    Uni<Void> announce(Mutiny.Session session, Work work, Case about, EscalationEvent event) {
        String type = Catalogue.typeOf(event).name();
        return WebhookTable.enabled(session).chain(webhooks -> {
            List<WebhookRow> wanting = webhooks.stream()
                    .filter(row -> row.toWebhook().wants(about))
                    .toList();
            return wanting.isEmpty()
                    ? Uni.createFrom().voidItem()
                    : Rows.now(work.connection()).chain(now -> add(session, work, wanting, about, type, now));
        });
    }

    private Uni<Void> add(
            Mutiny.Session session, Work work, List<WebhookRow> webhooks, Case about, String type, Instant now) {
        String body = written(new Message(type, now, about));
        List<DeliveryRow> rows = new ArrayList<>();
        Map<String, Instant> times = new HashMap<>();
        for (WebhookRow webhook : webhooks) {
            UUID id = ids.next();
            rows.add(new DeliveryRow(id, webhook.name, UUID.fromString(about.id()), type, body, now));
            times.put(KIND + id, now);
        }
        return session.persistAll(rows.toArray()).chain(() -> due.at(work.connection(), FUNCTION, times));
    }

    /** Makes a delivery to every webhook that asked for events of this type, in the same transaction. */
    Uni<Void> tell(Mutiny.Session session, Work work, Envelope about) {
        if (about.event() instanceof CameDue) {
            return Uni.createFrom().voidItem();
        }
        return WebhookTable.enabled(session).chain(webhooks -> {
            List<WebhookRow> wanting = webhooks.stream()
                    .filter(row -> row.toWebhook().wants(about))
                    .toList();
            return wanting.isEmpty()
                    ? Uni.createFrom().voidItem()
                    : Rows.now(work.connection()).chain(now -> {
                        String body = "{\"type\":\"" + about.type() + "\",\"timestamp\":\"" + about.time()
                                + "\",\"data\":" + Envelopes.write(about) + "}";
                        List<DeliveryRow> rows = new ArrayList<>();
                        Map<String, Instant> times = new HashMap<>();
                        for (WebhookRow webhook : wanting) {
                            UUID id = ids.next();
                            rows.add(DeliveryRow.ofEvent(id, webhook.name, about.id(), about.type(), body, now));
                            times.put(KIND + id, now);
                        }
                        return session.persistAll(rows.toArray())
                                .chain(() -> due.at(work.connection(), FUNCTION, times));
                    });
        });
    }

    private String written(Message message) {
        try {
            return json.writeValueAsString(message);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /**
     * A delivery came due: gives its id if there is work to do, and schedules it again in case this process dies before
     * it is done.
     */
    Uni<Optional<UUID>> comeDue(Mutiny.Session session, Work work, UUID id) {
        return DeliveryTable.find(session, id)
                .chain(row -> row == null || row.toDelivery().isEnded()
                        ? Uni.createFrom().item(Optional.empty())
                        : Rows.now(work.connection())
                                .chain(now -> again(work, id, now.plus(config.lease())))
                                .replaceWith(Optional.of(id)));
    }

    /** Claims the next attempt, unless somebody else has it or none is due. */
    Uni<Optional<Attempt>> claim(UUID id) {
        return sessions.run((session, work) -> DeliveryTable.locked(session, id).chain(row -> {
            if (row == null) {
                return Uni.createFrom().item(Optional.empty());
            }
            return Rows.now(work.connection())
                    .chain(now -> row.toDelivery().isDue(now)
                            ? WebhookTable.find(session, row.webhook).chain(webhook -> claim(work, row, webhook, now))
                            : Uni.createFrom().item(Optional.empty()));
        }));
    }

    private Uni<Optional<Attempt>> claim(Work work, DeliveryRow row, WebhookRow webhook, Instant now) {
        WebhookDelivery claimed = webhook.enabled
                ? row.toDelivery().claim(retry, config.lease(), now)
                : row.toDelivery().dead("the webhook is disabled: " + webhook.disabledWhy, now);
        row.become(claimed);
        return claimed.isEnded()
                ? forget(work, row.id).replaceWith(Optional.empty())
                : again(work, row.id, claimed.leaseUntil())
                        .replaceWith(Optional.of(
                                new Attempt(row.id, claimed.attempt(), webhook.url, webhook.secret, row.body, now)));
    }

    /** Records the outcome of an attempt, unless it is no longer the current one. */
    Uni<Void> record(Attempt attempt, Outcome outcome) {
        return sessions.run((session, work) -> DeliveryTable.locked(session, attempt.id())
                .chain(row -> {
                    if (row == null || row.state != WebhookDelivery.State.SENDING || row.attempt != attempt.number()) {
                        return Uni.createFrom().voidItem();
                    }
                    return Rows.now(work.connection()).chain(now -> {
                        row.become(row.toDelivery().after(outcome, retry, ThreadLocalRandom.current(), now));
                        Uni<Void> next = row.nextAt == null ? forget(work, row.id) : again(work, row.id, row.nextAt);
                        return next.chain(() -> tidy(session, row, now));
                    });
                }));
    }

    private Uni<Void> tidy(Mutiny.Session session, DeliveryRow row, Instant now) {
        if (row.state == WebhookDelivery.State.DELIVERED) {
            return DeliveryTable.clear(session, row.webhook, now.minus(config.deliveriesKept()));
        }
        if (row.state == WebhookDelivery.State.DEAD
                && Integer.valueOf(WebhookDelivery.GONE).equals(row.status)) {
            return WebhookTable.lock(session, row.webhook)
                    .take()
                    .invoke(webhook -> {
                        webhook.enabled = false;
                        webhook.disabledWhy = "the receiver answered 410 Gone";
                    })
                    .replaceWithVoid();
        }
        return Uni.createFrom().voidItem();
    }

    /** Tries a dead delivery again from the start. */
    Uni<Reply<Replay>> replay(String webhook, UUID id, Keep<Replay> keep) {
        return commands.alone(
                keep,
                work -> sessions.in(
                        work,
                        session -> DeliveryTable.locked(session, id)
                                .chain(row -> row == null || !row.webhook.equals(webhook)
                                        ? Uni.createFrom().item(new Replay.Unknown())
                                        : WebhookTable.find(session, webhook)
                                                .chain(found -> replay(work, row, found.enabled)))));
    }

    private Uni<Replay> replay(Work work, DeliveryRow row, boolean enabled) {
        if (row.state != WebhookDelivery.State.DEAD || !enabled) {
            return Uni.createFrom().item(new Replay.Refused(row.toDelivery(), enabled));
        }
        return Rows.now(work.connection())
                .invoke(now -> row.become(row.toDelivery().replayed(now)))
                .chain(now -> again(work, row.id, now))
                .map(done -> new Replay.Replayed(row.toDelivery()));
    }

    /** One page of a webhook's deliveries, newest first; {@code null} for {@code state} means any. */
    Uni<List<WebhookDelivery>> page(
            String webhook, WebhookDelivery.State state, Instant beforeAt, UUID beforeId, int limit) {
        return sessions.read(session -> DeliveryTable.page(session, webhook, state, beforeAt, beforeId, limit));
    }

    private Uni<Void> again(Work work, UUID id, Instant at) {
        return due.at(work.connection(), FUNCTION, Map.of(KIND + id, at));
    }

    private Uni<Void> forget(Work work, UUID id) {
        return due.forget(work.connection(), FUNCTION, List.of(KIND + id));
    }
}
