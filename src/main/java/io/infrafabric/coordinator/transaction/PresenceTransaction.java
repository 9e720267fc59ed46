package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.Transactions;
import io.infrafabric.coordinator.claim.LeaseTable;
import io.infrafabric.coordinator.session.SessionTable;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;

/** Records calls of sessions, many at a time. */
@ApplicationScoped
public class PresenceTransaction {
    private final Transactions transactions;
    private final SessionTable sessions;

    PresenceTransaction(Transactions transactions, SessionTable sessions) {
        this.transactions = transactions;
        this.sessions = sessions;
    }

    /** Records calls of these sessions, which renew their kept leases; lost ones are live again. */
    public Uni<Void> heard(Collection<String> ids) {
        return transactions.run(work -> sessions.touch(work, ids).chain(() -> LeaseTable.renewKept(work, ids)));
    }
}
