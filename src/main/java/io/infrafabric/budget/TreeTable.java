package io.infrafabric.budget;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Work;
import io.smallrye.mutiny.Uni;

/**
 * The lock on the tree of accounts: while a transaction holds it, nothing moves in the tree and no account gets its
 * first limit. All bookings share it; {@link AccountTree} takes it exclusively.
 */
final class TreeTable {
    // count() gives a value; the lock's own type, void, has none.
    static final String SHARE = "SELECT count(pg_advisory_xact_lock_shared(hashtextextended('budget.tree', 0)))";

    private static final String ALONE = "SELECT count(pg_advisory_xact_lock(hashtextextended('budget.tree', 0)))";

    // Never waits: two transactions that share the lock and wait for each other to release it would wait forever.
    private static final String TRY_ALONE =
            "SELECT pg_try_advisory_xact_lock(hashtextextended('budget.tree', 0)) AS alone";

    /** The proof that nothing moves in the tree. Methods that make accounts demand it; only the lock makes it. */
    static sealed class Shared {
        private Shared() {}
    }

    /** The proof that nobody is booking. Methods that move accounts, or give one its first limit, demand it. */
    static final class Alone extends Shared {
        private Alone() {}
    }

    /** Shares the tree with all bookings. */
    static Lock<Locks.Tree, Shared> share(Work work) {
        return Lock.of(work.connection().preparedQuery(SHARE).execute().map(taken -> new Shared()));
    }

    /** Waits until nobody is booking. */
    static Lock<Locks.Tree, Alone> alone(Work work) {
        return Lock.of(work.connection().query(ALONE).execute().map(taken -> new Alone()));
    }

    /**
     * The same for a transaction that already has accounts locked and so must not wait. It is therefore outside the
     * order of {@link Locks}: fails with {@link RunAgain} if others are booking.
     */
    static Uni<Alone> stillAlone(Work work) {
        return work.connection().query(TRY_ALONE).execute().map(rows -> {
            if (!rows.iterator().next().getBoolean("alone")) {
                throw new RunAgain("the account has lost its limit, and others are booking");
            }
            return new Alone();
        });
    }

    private TreeTable() {}
}
