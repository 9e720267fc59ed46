package io.infrafabric.bus;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The database's clock, for those who need the time often and outside of transactions. It is asked every ten seconds at most;
 * in between, time goes on as this process counts it.
 */
@ApplicationScoped
public class DatabaseTime {
    private static final Duration AGE = Duration.ofSeconds(10);

    private record Look(Instant time, long at) {
        Instant now() {
            return time.plusNanos(System.nanoTime() - at);
        }
    }

    private final Pool pool;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile Look last;

    public DatabaseTime(Pool pool) {
        this.pool = pool;
    }

    /** The time. Fails if the database was never reached. */
    public Uni<Instant> now() {
        Look known = last;
        if (known == null) {
            return look();
        }
        if (System.nanoTime() - known.at() > AGE.toNanos() && looking.compareAndSet(false, true)) {
            look().onTermination().invoke(() -> looking.set(false)).subscribe().with(_ -> {}, _ -> {});
        }
        return Uni.createFrom().item(known.now());
    }

    /** The time, for those who have asked before. */
    public Instant known() {
        Look known = last;
        if (known == null) {
            throw new IllegalStateException("nobody asked for the time before");
        }
        return known.now();
    }

    private Uni<Instant> look() {
        long before = System.nanoTime();
        return Rows.now(pool).map(time -> {
            // It was read somewhere between the two.
            last = new Look(time, before + (System.nanoTime() - before) / 2);
            return last.now();
        });
    }
}
