package io.infrafabric.escalation;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Subscriptions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.escalation.WebhookTable.Turn;
import io.infrafabric.event.EscalationEvent.Severity;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.hibernate.reactive.mutiny.Mutiny;

/** Makes, changes, lists and deletes webhooks. */
@ApplicationScoped
class WebhookTransaction {
    /**
     * The wanted state of a webhook; {@code null} keeps the old value.
     *
     * @param minSeverity {@code LOW} for a new one by default
     * @param types none for a new one by default
     */
    record Wish(String url, String secret, Severity minSeverity, List<String> types) {}

    /** The result of a PUT. */
    sealed interface Put {
        record Done(Webhook now) implements Put {}

        /** A new one needs a URL and a secret. */
        record Missing(String field) implements Put {}

        /** A webhook of this name exists out of the token's reach. */
        record Foreign(String name) implements Put {}

        record Full(int most) implements Put {}
    }

    private final EntitySessions sessions;
    private final Subscriptions subscriptions;
    private final EscalationConfig config;

    WebhookTransaction(EntitySessions sessions, Subscriptions subscriptions, EscalationConfig config) {
        this.sessions = sessions;
        this.subscriptions = subscriptions;
        this.config = config;
    }

    /** Makes a webhook (for the caller's swarm), or changes the given parts; enables it either way. */
    Uni<Put> put(String name, Wish wish, Caller caller) {
        return sessions.run((session, work) -> WebhookTable.inTurn(work)
                .then(turn -> lock(session, turn, name))
                .take()
                .chain(locked -> {
                    WebhookRow row = locked.row();
                    if (row == null) {
                        return make(session, work, locked.turn(), name, wish, caller);
                    }
                    return Uni.createFrom().item(caller.reaches(row.swarm) ? done(row, wish) : new Put.Foreign(name));
                })
                .chain(put -> put instanceof Put.Done
                        ? subscribe(work, wish).replaceWith(put)
                        : Uni.createFrom().item(put)));
    }

    /** From now on the function hears of what the webhook wants. */
    private Uni<Void> subscribe(Work work, Wish wish) {
        return wish.types() == null || wish.types().isEmpty()
                ? Uni.createFrom().voidItem()
                : subscriptions.hearToo(work, "escalation", EventTypes.named(wish.types()));
    }

    /** Says again what webhooks want, because a subscription that nobody asks for ends. */
    Uni<Void> subscribeAgain() {
        return sessions.run((session, work) -> WebhookTable.enabled(session).chain(rows -> {
            List<String> types = rows.stream()
                    .flatMap(row -> List.of(row.types).stream())
                    .distinct()
                    .toList();
            return types.isEmpty()
                    ? Uni.createFrom().voidItem()
                    : subscriptions.hearToo(work, "escalation", EventTypes.named(types));
        }));
    }

    /** @param row {@code null} if it does not exist */
    private record Locked(Turn turn, WebhookRow row) {}

    private static Lock<Locks.Decisions, Locked> lock(Mutiny.Session session, Turn turn, String name) {
        return Lock.of(WebhookTable.lock(session, name).take().map(row -> new Locked(turn, row)));
    }

    private Uni<Put> make(Mutiny.Session session, Work work, Turn turn, String name, Wish wish, Caller caller) {
        if (wish.url() == null || wish.secret() == null) {
            return Uni.createFrom().item(new Put.Missing(wish.url() == null ? "url" : "secret"));
        }
        return WebhookTable.count(session)
                .chain(count -> count >= config.maxWebhooks()
                        ? Uni.createFrom().item(new Put.Full(config.maxWebhooks()))
                        : Rows.now(work.connection()).chain(now -> {
                            WebhookRow row = new WebhookRow(name, caller.swarm(), now);
                            Put done = done(row, wish);
                            return WebhookTable.add(session, turn, row).replaceWith(done);
                        }));
    }

    private static Put done(WebhookRow row, Wish wish) {
        row.url = wish.url() == null ? row.url : wish.url();
        row.secret = wish.secret() == null ? row.secret : wish.secret();
        row.minSeverity = wish.minSeverity() == null ? row.minSeverity : wish.minSeverity();
        row.types = wish.types() == null ? row.types : wish.types().toArray(String[]::new);
        row.enabled = true;
        row.disabledWhy = null;
        return new Put.Done(row.toWebhook());
    }

    /** The webhook; {@code null} if it is out of reach. */
    Uni<Webhook> find(String name, Caller caller) {
        return sessions.read(session -> WebhookTable.find(session, name)
                .map(row -> row == null || !caller.reaches(row.swarm) ? null : row.toWebhook()));
    }

    /** One page by name; {@code null} for {@code swarm} means any. */
    Uni<List<Webhook>> page(String swarm, String after, int limit) {
        return sessions.read(session -> WebhookTable.page(session, swarm, after, limit));
    }

    /** Deletes the webhook and its deliveries; false if it is out of reach. */
    Uni<Boolean> delete(String name, Caller caller) {
        return sessions.run((session, work) -> WebhookTable.lock(session, name)
                .take()
                .chain(row -> row == null || !caller.reaches(row.swarm)
                        ? Uni.createFrom().item(false)
                        : session.remove(row).replaceWith(true)));
    }
}
