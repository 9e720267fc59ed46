package io.infrafabric.budget;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.time.Duration;

/** Numbers of the budget; all under {@code s2.budget}. */
@ConfigMapping(prefix = "s2.budget")
public interface BudgetConfig {

    /** What a session may spend in a UTC day, in US dollars, unless an operator sets another limit. */
    @WithDefault("50.00")
    BigDecimal sessionDailyLimit();

    /** Share of the limit (0 to 1) at which an account warns, unless it sets its own. */
    @WithDefault("0.80")
    BigDecimal warnAt();

    /**
     * The largest reported cost, in US dollars, that counts above its own account without a human's decision; also how
     * far all reports of a day may exceed an account's limit and still count above it.
     */
    @WithDefault("10000.00")
    BigDecimal maxReport();

    /** How far in the past a cost may have happened. */
    @WithDefault("1825d")
    Duration costPast();

    /**
     * How far in the future, by the database's clock, the time of a cost may lie, because other clocks may be ahead.
     */
    @WithDefault("24h")
    Duration costFuture();

    /** Life of a free-standing hold if the request does not give one. */
    @WithDefault("300s")
    Duration holdTtl();

    /** The longest life that a request for a free-standing hold may give. */
    @WithDefault("24h")
    Duration maxHoldTtl();

    /** Consecutive failures of a session that open its breaker; at least 1. */
    @WithDefault("3")
    int failures();

    /** How long after failures one hold may try again. */
    @WithDefault("300s")
    Duration probeAfter();

    /** The most levels of the account tree, the root included. */
    @WithDefault("8")
    int maxDepth();

    /** The most holds of one account that expire in one transaction. */
    @WithDefault("500")
    int expireBatch();

    /** The most differences between balances and ledger, and the most overdue holds, that one check lists. */
    @WithDefault("100")
    int maxDifferences();

    /**
     * How long after its end a hold becomes overdue and a check lists it. The sweep ends holds, so a shorter delay is
     * normal.
     */
    @WithDefault("60s")
    Duration overdueAfter();

    /** How long one check of the whole ledger may take. */
    @WithDefault("5m")
    Duration checkTimeout();

    /** The most commands of one kind in one transaction. */
    @WithDefault("64")
    int commitBatch();

    /** Commands of one kind that may queue in one process; further calls get 503. */
    @WithDefault("20000")
    int commitQueue();

    /**
     * Transactions of one kind under way at once in one process. Two on one hot account would only wait for each other.
     */
    @WithDefault("1")
    int commitParallel();
}
