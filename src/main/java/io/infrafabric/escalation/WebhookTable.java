package io.infrafabric.escalation;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;
import jakarta.persistence.LockModeType;
import java.util.List;
import org.hibernate.reactive.mutiny.Mutiny;

/** The table of webhooks. Works in the given session. */
final class WebhookTable {
    private static final String ENABLED = "from WebhookRow where enabled";
    private static final String COUNT = "select count(*) from WebhookRow";

    /** The proof that nobody else makes a webhook until the transaction has ended. Only the lock makes it. */
    static final class Turn {
        private Turn() {}
    }

    /** Waits until nobody else makes or changes one, and keeps others waiting until the transaction has ended. */
    static Lock<Locks.Turns, Turn> inTurn(Work work) {
        return Lock.inTurn(work, "escalation_webhook", Turn::new);
    }

    /** The webhook; {@code null} if it does not exist. */
    static Uni<WebhookRow> find(Mutiny.Session session, String name) {
        return session.find(WebhookRow.class, name);
    }

    /** Locks the webhook; {@code null} if it does not exist. */
    static Lock<Locks.Decisions, WebhookRow> lock(Mutiny.Session session, String name) {
        return Lock.of(session.find(WebhookRow.class, name, LockModeType.PESSIMISTIC_WRITE));
    }

    /** All enabled webhooks. */
    static Uni<List<WebhookRow>> enabled(Mutiny.Session session) {
        return session.createSelectionQuery(ENABLED, WebhookRow.class).getResultList();
    }

    /** Adds a webhook. */
    static Uni<Void> add(Mutiny.Session session, Turn turn, WebhookRow row) {
        return session.persist(row);
    }

    /** The number of webhooks. */
    static Uni<Long> count(Mutiny.Session session) {
        return session.createSelectionQuery(COUNT, Long.class).getSingleResult();
    }

    /** One page by name; {@code null} for {@code swarm} means any. */
    static Uni<List<Webhook>> page(Mutiny.Session session, String swarm, String after, int limit) {
        // With the swarm in the order, too, only one index fits: see NewestFirst.
        String condition = swarm == null
                ? "w.name > :after order by w.name"
                : "w.swarm <= :swarm and (w.swarm, w.name) > (:swarm, :after) order by w.swarm, w.name";
        var selection = session.createNativeQuery(
                        "select w.* from escalation_webhook w where " + condition, WebhookRow.class)
                .setParameter("after", after);
        if (swarm != null) {
            selection.setParameter("swarm", swarm);
        }
        return selection
                .setMaxResults(limit)
                .getResultList()
                .map(rows -> rows.stream().map(WebhookRow::toWebhook).toList());
    }

    private WebhookTable() {}
}
