package io.infrafabric.budget;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.time.Duration;

/** Numbers of the budget; all under {@code s2.budget}. */
@ConfigMapping(prefix = "s2.budget")
public interface BudgetConfig {

    /** What a session may spend in a UTC day, in US dollars, until an operator says otherwise. */
    @WithDefault("50.00")
    BigDecimal sessionDailyLimit();

    /** Share of the limit (0 to 1) at which an account is warned, if the account does not say. */
    @WithDefault("0.80")
    BigDecimal warnAt();

    /**
     * The most of one report of a cost, in US dollars, that counts above the account that it is booked on without a human's
     * word; and by how much all reports of a day may exceed an account's limit and count above it.
     */
    @WithDefault("10000.00")
    BigDecimal maxReport();

    /** How far in the past a cost may have happened. */
    @WithDefault("1825d")
    Duration costPast();

    /** How far in the future a cost may have happened, by the database's clock: other clocks are not right. */
    @WithDefault("24h")
    Duration costFuture();

    /** Life of a free-standing hold that asks for no other. */
    @WithDefault("300s")
    Duration holdTtl();

    /** The longest life that a free-standing hold may ask for. */
    @WithDefault("24h")
    Duration maxHoldTtl();

    /** Failures of a session in a row that open its breaker; at least 1. */
    @WithDefault("3")
    int failures();

    /** Wait after failures until one hold may try again. */
    @WithDefault("300s")
    Duration probeAfter();

    /** Levels of the account tree, the root included. */
    @WithDefault("8")
    int maxDepth();

    /** Holds of one account that expire in one transaction. */
    @WithDefault("500")
    int expireBatch();

    /** Differences between balances and ledger that one check lists, and holds that are past their end. */
    @WithDefault("100")
    int maxDifferences();

    /** How long a hold may be past its end before a check lists it; it ends when somebody has swept, and is not late before. */
    @WithDefault("60s")
    Duration overdueAfter();

    /** How long one check of the whole ledger may take. */
    @WithDefault("5m")
    Duration checkTimeout();

    /** Commands of one kind in one transaction. */
    @WithDefault("64")
    int commitBatch();

    /** Commands of one kind that may queue in one process; one more gets 503. */
    @WithDefault("20000")
    int commitQueue();

    /** Transactions of one kind under way at once in one process; two on one hot account would only wait in turn. */
    @WithDefault("1")
    int commitParallel();
}
