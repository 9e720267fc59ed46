package io.infrafabric.proof;

import io.infrafabric.bus.Envelopes;
import io.infrafabric.event.Catalogue;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Event;
import io.infrafabric.event.Trace;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Events that another function writes into the outbox, as one will do in a later release: committed, and published right
 * after it, or not. What is not published is left to the sweep of any process.
 */
final class OutboxRows {
    private OutboxRows() {}

    static Envelope envelope(Event event) {
        return new Envelope(newId(), Catalogue.typeOf(event).name(), "/elsewhere", Instant.now(), Trace.NONE, event);
    }

    /** A UUIDv7 (RFC 9562) of now. */
    static UUID newId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = (System.currentTimeMillis() << 16) | 0x7000 | random.nextInt(0x1000);
        return new UUID(high, (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L);
    }

    /** Publishes what is committed, as a relay does; for the budget. */
    static void publish(Cluster cluster, List<Envelope> envelopes) {
        for (Envelope envelope : envelopes) {
            cluster.channel().append(Envelopes.write(envelope));
            cluster.update(
                    "UPDATE bus_event SET published = true WHERE day = ? AND id = ?", envelope.day(), envelope.id());
        }
    }

    /** Commits them together. */
    static void commit(Cluster cluster, List<Envelope> envelopes) {
        try (Connection connection = cluster.servers().connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO bus_event (day, id, type, subject, published, envelope)"
                                + " VALUES (?, ?, ?, ?, false, ?)")) {
            connection.setAutoCommit(false);
            for (Envelope envelope : envelopes) {
                insert.setObject(1, envelope.day());
                insert.setObject(2, envelope.id());
                insert.setString(3, envelope.type());
                insert.setString(4, envelope.event().subject());
                insert.setString(5, Envelopes.write(envelope));
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
