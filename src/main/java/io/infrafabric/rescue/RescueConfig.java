package io.infrafabric.rescue;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.time.Duration;

/** Numbers of rescue. Those of the seed: 0.70 and two rescuers. */
@ConfigMapping(prefix = "s2.rescue")
public interface RescueConfig {

    /** The account on which a rescuer's hold is placed. */
    enum Payer {
        /** The blocked session's, because its task is being done. */
        BLOCKED,
        /** The rescuer's own. */
        RESCUER
    }

    /** The least score at which a session is asked, from 0 to 1. */
    @Allowed(from = "0", to = "1")
    @WithDefault("0.70")
    double minScore();

    /** The most sessions that help with one blocker. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("2")
    int maxRescuers();

    /** Time that a session has to accept. */
    @Allowed(from = "1s", to = "30d")
    @WithDefault("300s")
    Duration acceptWithin();

    /**
     * How often rescue looks again for helpers of a blocker that has none, in case no event reported a free session.
     */
    @Allowed(from = "1s", to = "24h")
    @WithDefault("300s")
    Duration lookAgain();

    /** How long after a swarm's first open blocker rescue looks again; longer than s2.bus.sweep.every. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("3s")
    Duration firstLook();

    /** Who pays for help. */
    @WithDefault("BLOCKED")
    Payer payer();

    /** Time that help usually takes. With the helper's hourly cost it determines the amount of the hold. */
    @Allowed(from = "0s", to = "365d")
    @WithDefault("15m")
    Duration helpTime();

    /** US dollars held for a helper whose hourly cost is unknown. */
    @Allowed(from = "0", to = "1000000")
    @WithDefault("1.00")
    BigDecimal helpCost();

    /** The most that a helper may report as the cost of its help, in US dollars. */
    @Allowed(from = "0", to = "1000000")
    @WithDefault("10.00")
    BigDecimal maxHelpCost();

    /** Time after which a helper's hold ends, if the blocker is still open. */
    @Allowed(from = "1s", to = "365d")
    @WithDefault("4h")
    Duration holdTime();

    /** The most blockers of one swarm that are assigned together, 1 to 1000. */
    @Allowed(from = "1", to = "1000")
    @WithDefault("100")
    int assignBatch();

    /** The most blockers of one swarm that one look tries to find a helper for, batch by batch. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("1000")
    int maxLooked();

    /** The most sessions that a blocker's answer lists as left out, the best fits first. */
    @Allowed(from = "0", to = "10000")
    @WithDefault("50")
    int maxLeftOut();

    /** The most open blockers of one session. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("20")
    int maxOpen();

    /** The most messages on one blocker. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("200")
    int maxMessages();

    /** The most links in one message. */
    @Allowed(from = "0", to = "1000")
    @WithDefault("20")
    int maxLinks();

    /** The most blockers raised in one transaction. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("64")
    int commitBatch();

    /** Raises that may queue in one process; further calls get 503. */
    @Allowed(from = "1", to = "10000000")
    @WithDefault("5000")
    int commitQueue();

    /** Transactions of raises under way at once in one process. */
    @Allowed(from = "1", to = "100")
    @WithDefault("1")
    int commitParallel();
}
