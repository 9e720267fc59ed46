package io.infrafabric.escalation;

import io.infrafabric.bus.NewestFirst;
import io.infrafabric.bus.Rows;
import io.smallrye.mutiny.Uni;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/** The table of deliveries. Works in the given session. */
final class DeliveryTable {
    /** How many old ones each arrival clears away: more than one, so they never pile up. */
    private static final int CLEARED = 5;

    private static final String CLEAR =
            "DELETE FROM escalation_delivery WHERE id IN (SELECT id FROM escalation_delivery"
                    + " WHERE webhook = :webhook AND state = 'DELIVERED' AND ended_at < :old"
                    + " ORDER BY ended_at LIMIT " + CLEARED + " FOR UPDATE SKIP LOCKED)";

    /** The delivery; {@code null} if it does not exist. */
    static Uni<DeliveryRow> find(Mutiny.Session session, UUID id) {
        return session.find(DeliveryRow.class, id);
    }

    /** The locked delivery; {@code null} if it does not exist. */
    static Uni<DeliveryRow> locked(Mutiny.Session session, UUID id) {
        return session.find(DeliveryRow.class, id, LockModeType.PESSIMISTIC_WRITE);
    }

    /** Deletes some of those that reached this webhook before {@code old}. */
    static Uni<Void> clear(Mutiny.Session session, String webhook, Instant old) {
        return session.createNativeQuery(CLEAR)
                .setParameter("webhook", webhook)
                .setParameter("old", old)
                .executeUpdate()
                .replaceWithVoid();
    }

    /** One page of a webhook's deliveries, newest first; {@code null} for {@code state} means any. */
    static Uni<List<WebhookDelivery>> page(
            Mutiny.Session session,
            String webhook,
            WebhookDelivery.State state,
            Instant beforeAt,
            UUID beforeId,
            int limit) {
        NewestFirst page = NewestFirst.by("d.created_at", "d.id")
                .only("d.webhook", webhook)
                .only("d.state", state == null ? null : state.name())
                .before(beforeAt == null ? Rows.FOREVER : beforeAt, beforeAt == null ? Rows.LAST_ID : beforeId);
        var selection = session.createNativeQuery(
                "select d.* from escalation_delivery d where " + page.condition() + page.order(), DeliveryRow.class);
        page.bind(selection::setParameter);
        return selection
                .setMaxResults(limit)
                .getResultList()
                .map(rows -> rows.stream().map(DeliveryRow::toDelivery).toList());
    }

    private DeliveryTable() {}
}
