package io.infrafabric.planted.alpha;

import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.planted.beta.BetaStore;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.CompletionStage;
import org.hibernate.reactive.mutiny.Mutiny;
import org.hibernate.reactive.util.impl.CompletionStages;

/**
 * Reads and writes through another function's store, hides an order, goes by the clock of its process, and uses what Hibernate
 * keeps to itself, besides what it offers.
 */
final class AlphaStore {
    private AlphaStore() {}

    static void write(SqlConnection connection) {
        BetaStore.write(connection, BetaStore.find());
    }

    static LocalDate today() {
        return LocalDate.now(ZoneOffset.UTC);
    }

    static Uni<Void> inOrder(Work work, Uni<?> lock, Uni<?> write) {
        return work.inOrder(lock, write).discardItems();
    }

    static Uni<Void> hidden(Work work, Uni<?> lock, Uni<?> write) {
        work.nothingWritten();
        return lock.chain(() -> Uni.combine().all().unis(write, lock).discardItems());
    }

    static Uni<Void> sideBySide(Work work, Uni<?> lock, Uni<?> write) {
        work.nothingWritten();
        return Rows.together(lock, write).discardItems();
    }

    static CompletionStage<Void> close(Mutiny.Session session) {
        return session.isOpen() ? CompletionStages.voidFuture() : null;
    }
}
