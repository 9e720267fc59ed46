package io.infrafabric.escalation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.escalation.WebhookDelivery.Outcome;
import io.infrafabric.event.Catalogue;
import io.infrafabric.event.EscalationEvent;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
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
 * Deliveries. Whatever is not delivered or dead has a row in {@code bus_due}, written in the same transaction: it is what
 * brings it back after a wait, and after the death of the process that was at it.
 */
@ApplicationScoped
class DeliveryTransaction {
    private static final String FUNCTION = "escalation";
    static final String KIND = "delivery:";

    /** Old ones that are cleared away with each one that arrives: more than come in, so they never pile up. */
    private static final int CLEARED = 5;

    /** What a receiver gets. */
    @RegisterForReflection
    record Message(String type, Instant timestamp, Case data) {}

    /** An attempt that was taken, with all it needs; {@code at} is when, by the database's clock. */
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

    /** Has every webhook that wants it told of what happened to the case, in the transaction in which it happens. */
    Uni<Void> announce(Mutiny.Session session, Work work, Case about, EscalationEvent event) {
        String type = Catalogue.typeOf(event).name();
        return session.createSelectionQuery("from WebhookRow where enabled", WebhookRow.class)
                .getResultList()
                .chain(webhooks -> {
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

    private String written(Message message) {
        try {
            return json.writeValueAsString(message);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /**
     * A delivery came due: gives its id if there is something to do, and has it come due again should this process die
     * before it is done.
     */
    Uni<Optional<UUID>> comeDue(Mutiny.Session session, Work work, UUID id) {
        return session.find(DeliveryRow.class, id)
                .chain(row -> row == null || row.toDelivery().isEnded()
                        ? Uni.createFrom().item(Optional.empty())
                        : Rows.now(work.connection())
                                .chain(now -> again(work, id, now.plus(config.lease())))
                                .replaceWith(Optional.of(id)));
    }

    /** Takes the next attempt, unless somebody else has it, or there is none to take. */
    Uni<Optional<Attempt>> claim(UUID id) {
        return sessions.run((session, work) -> locked(session, id).chain(row -> {
            if (row == null) {
                return Uni.createFrom().item(Optional.empty());
            }
            return Rows.now(work.connection())
                    .chain(now -> row.toDelivery().isDue(now)
                            ? session.find(WebhookRow.class, row.webhook)
                                    .chain(webhook -> claim(work, row, webhook, now))
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

    /** Writes down what an attempt came to; nothing if it is not the current one any more. */
    Uni<Void> record(Attempt attempt, Outcome outcome) {
        return sessions.run((session, work) -> locked(session, attempt.id()).chain(row -> {
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
            return session.createNativeQuery("DELETE FROM escalation_delivery WHERE id IN (SELECT id FROM"
                            + " escalation_delivery WHERE webhook = :webhook AND state = 'DELIVERED' AND ended_at < :old"
                            + " ORDER BY ended_at LIMIT " + CLEARED + " FOR UPDATE SKIP LOCKED)")
                    .setParameter("webhook", row.webhook)
                    .setParameter("old", now.minus(config.deliveriesKept()))
                    .executeUpdate()
                    .replaceWithVoid();
        }
        if (row.state == WebhookDelivery.State.DEAD
                && Integer.valueOf(WebhookDelivery.GONE).equals(row.status)) {
            return session.find(WebhookRow.class, row.webhook, LockModeType.PESSIMISTIC_WRITE)
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
                        session -> locked(session, id)
                                .chain(row -> row == null || !row.webhook.equals(webhook)
                                        ? Uni.createFrom().item(new Replay.Unknown())
                                        : session.find(WebhookRow.class, webhook)
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

    /** One page of a webhook's deliveries, newest first; {@code state} {@code null} is any. */
    Uni<List<WebhookDelivery>> page(
            String webhook, WebhookDelivery.State state, Instant beforeAt, UUID beforeId, int limit) {
        return sessions.read(session -> {
                    var selection = session.createSelectionQuery(
                                    "from DeliveryRow d where d.webhook = :webhook"
                                            + (state == null ? "" : " and d.state = :state")
                                            + (beforeAt == null ? "" : " and (d.createdAt, d.id) < (:at, :id)")
                                            + " order by d.createdAt desc, d.id desc",
                                    DeliveryRow.class)
                            .setParameter("webhook", webhook);
                    if (state != null) {
                        selection.setParameter("state", state);
                    }
                    if (beforeAt != null) {
                        selection.setParameter("at", beforeAt).setParameter("id", beforeId);
                    }
                    return selection.setMaxResults(limit).getResultList();
                })
                .map(rows -> rows.stream().map(DeliveryRow::toDelivery).toList());
    }

    private static Uni<DeliveryRow> locked(Mutiny.Session session, UUID id) {
        return session.find(DeliveryRow.class, id, LockModeType.PESSIMISTIC_WRITE);
    }

    private Uni<Void> again(Work work, UUID id, Instant at) {
        return due.at(work.connection(), FUNCTION, Map.of(KIND + id, at));
    }

    private Uni<Void> forget(Work work, UUID id) {
        return due.forget(work.connection(), FUNCTION, List.of(KIND + id));
    }
}
