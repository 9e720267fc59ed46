package io.infrafabric.budget;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.time.Duration;

/** Numbers of the budget; all under {@code s2.budget}. */
@ConfigMapping(prefix = "s2.budget")
public interface BudgetConfig {

    /** What a session may spend in a UTC day, in US dollars, unless an operator sets another limit. */
    @Allowed(from = "0", to = "1000000000000")
    @WithDefault("50.00")
    BigDecimal sessionDailyLimit();

    /** Share of the limit (0 to 1) at which an account warns, unless it sets its own. */
    @Allowed(from = "0", to = "1")
    @WithDefault("0.80")
    BigDecimal warnAt();

    /**
     * The largest reported cost, in US dollars, that counts above its own account without a human's decision; also how
     * far all reports of a day may exceed an account's limit and still count above it.
     */
    @Allowed(from = "0", to = "1000000000000")
    @WithDefault("10000.00")
    BigDecimal maxReport();

    /** How far in the past a cost may have happened. */
    @Allowed(from = "1h", to = "36500d")
    @WithDefault("1825d")
    Duration costPast();

    /**
     * How far in the future, by the database's clock, the time of a cost may lie, because other clocks may be ahead.
     */
    @Allowed(from = "0s", to = "365d")
    @WithDefault("24h")
    Duration costFuture();

    /** Life of a free-standing hold if the request does not give one. */
    @Allowed(from = "1s", to = "365d", atMost = "s2.budget.max-hold-ttl")
    @WithDefault("300s")
    Duration holdTtl();

    /** The longest life that a request for a free-standing hold may give. */
    @Allowed(from = "1s", to = "365d")
    @WithDefault("24h")
    Duration maxHoldTtl();

    /** Consecutive failures of a session that open its breaker; at least 1. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("3")
    int failures();

    /** How long after failures one hold may try again. */
    @Allowed(from = "1s", to = "365d")
    @WithDefault("300s")
    Duration probeAfter();

    /** The most levels of the account tree, the root included. */
    @Allowed(from = "1", to = "100")
    @WithDefault("8")
    int maxDepth();

    /** The most holds of one account that expire in one transaction. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("500")
    int expireBatch();

    /** The most differences between balances and ledger, and the most overdue holds, that one check lists. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int maxDifferences();

    /**
     * How long after its end a hold becomes overdue and a check lists it. The sweep ends holds, so a shorter delay is
     * normal.
     */
    @Allowed(from = "0s", to = "24h")
    @WithDefault("60s")
    Duration overdueAfter();

    /** How long one check of the whole ledger may take. */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("5m")
    Duration checkTimeout();

    /** The most prices of models that operators may set for one provider, those that no longer hold included. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("2000")
    int maxPrices();

    /** How soon every process sees a price that an operator has set. */
    @Allowed(from = "0s", to = "1h")
    @WithDefault("5s")
    Duration priceLook();

    /** How long exported calls that are not booked are shown. */
    @Allowed(from = "1h", to = "3650d")
    @WithDefault("30d")
    Duration exportKeep();

    /** How long before an exported call the claim may have begun to which it belongs. */
    @Allowed(from = "1m", to = "365d")
    @WithDefault("7d")
    Duration exportClaimPast();

    /** How long hooks of an agent are seen and no cost of it until its costs are unknown, and an operator is told. */
    @Allowed(from = "1s", to = "30d")
    @WithDefault("10m")
    Duration costsUnknownAfter();

    /** How long after a cost a hook may belong to the same call of a model. */
    @Allowed(from = "0s", to = "1h")
    @WithDefault("1m")
    Duration costSlack();

    /** The most commands of one kind in one transaction. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("64")
    int commitBatch();

    /** Commands of one kind that may queue in one process; further calls get 503. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("20000")
    int commitQueue();

    /**
     * Transactions of one kind under way at once in one process. Two on one hot account would only wait for each other.
     */
    @Allowed(from = "1", to = "100")
    @WithDefault("1")
    int commitParallel();
}
