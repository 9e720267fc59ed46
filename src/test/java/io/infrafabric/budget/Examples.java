package io.infrafabric.budget;

import io.infrafabric.budget.Account.Failing;
import io.infrafabric.budget.Account.Figures;
import io.infrafabric.budget.Account.Today;
import io.infrafabric.budget.Hold.State;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/** Accounts and holds for tests of the rules. */
public final class Examples {
    static final LocalDate DAY = LocalDate.of(2026, 3, 1);
    static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private Examples() {}

    static BigDecimal usd(String amount) {
        return new BigDecimal(amount);
    }

    /** An account at the end of this path, with nothing spent and nothing held. */
    static Account account(String limit, String... path) {
        return used(limit, "0", "0", path);
    }

    /** An account with this spent and held by all below it, itself included. */
    static Account used(String limit, String spent, String held, String... path) {
        Figures figures = new Figures(usd(spent), usd(held));
        return new Account(
                path[path.length - 1],
                List.of(path),
                limit == null ? null : usd(limit),
                usd("0.8"),
                new Today(DAY, BigDecimal.ZERO, false, false),
                figures,
                figures,
                Failing.NOT,
                null,
                1);
    }

    /** The claim's hold of session {@code ann} on {@code task}, under epoch 3. */
    static Hold ofLease(String id, String amount) {
        return new Hold(
                id,
                "session:ann",
                usd(amount),
                BigDecimal.ZERO,
                null,
                false,
                BigDecimal.ZERO,
                State.PLACED,
                "task",
                3L,
                3L,
                null,
                null,
                NOON,
                null);
    }

    static Hold free(String id, String amount) {
        return new Hold(
                id,
                "session:ann",
                usd(amount),
                BigDecimal.ZERO,
                null,
                false,
                BigDecimal.ZERO,
                State.PLACED,
                null,
                null,
                null,
                null,
                NOON.plusSeconds(300),
                NOON,
                null);
    }
}
