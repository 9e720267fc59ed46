package io.infrafabric.budget;

import io.infrafabric.event.BudgetEvent.BreakerReason;
import io.infrafabric.event.BudgetEvent.ClosedBecause;
import java.math.BigDecimal;

/** What an account reports to others; {@code after} is the account right after it happened. */
sealed interface Notable {
    Account after();

    /** The warning share of the limit is spent. */
    record Warned(Account after, BigDecimal limit) implements Notable {}

    /** The breaker opened, or is open again after a failed probe. */
    record Opened(Account after, BreakerReason reason) implements Notable {}

    /** One hold may try. */
    record Probing(Account after) implements Notable {}

    /** The breaker closed; {@code by} is the operator, {@code null} if nobody did it. */
    record Closed(Account after, ClosedBecause why, String by) implements Notable {}
}
