package io.infrafabric.budget;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Purses for tests of the rules of other functions: sessions of swarm red, which pay from their own accounts and its. */
public final class Wallets {
    private final List<Account> accounts = new ArrayList<>();

    /** A swarm with this limit, {@code null} for none. */
    public Wallets(String swarmLimit) {
        if (swarmLimit != null) {
            accounts.add(Examples.account(swarmLimit, "org", "swarm:red"));
        }
    }

    /** Adds a session with this daily limit, {@code null} for none. */
    public Wallets with(String session, String limit) {
        accounts.add(Examples.account(limit, "org", "swarm:red", "session:" + session));
        return this;
    }

    /** Adds a session that has spent all of its limit. */
    public Wallets spent(String session) {
        Account account = Examples.account("50", "org", "swarm:red", "session:" + session);
        accounts.add(account.book(new BigDecimal("50"), BigDecimal.ZERO, true).account());
        return this;
    }

    /** As they are under lock at noon. */
    public Purses locked() {
        return Purses.of(accounts, Instant.parse("2026-03-01T12:00:00Z"));
    }
}
