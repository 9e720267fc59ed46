package io.infrafabric.bulkhead.payment;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of the payment of calls, among {@code s2.bulkhead.*}. Durations as {@code 30s}, {@code 5m} or ISO 8601. */
@ConfigMapping(prefix = "s2.bulkhead")
public interface PaymentConfig {

    /** Calls under way in one process, those whose end is not written yet included; further ones get 503. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("20000")
    int maxCalls();

    /** The most calls whose begin or end is written in one transaction. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("64")
    int callBatch();

    /** How long the end of a call for which no money was held waits for others, to be written in one transaction with them. */
    @Allowed(from = "1ms", to = "1s")
    @WithDefault("100ms")
    Duration callGather();

    /** How long a call for which money is held may stay without a sign of its process before it is lost. */
    @Allowed(from = "5s", to = "1h")
    @WithDefault("30s")
    Duration callLease();

    /** How often a process renews the leases of its calls, and looks for lost calls of others. */
    @Allowed(from = "100ms", to = "10m", atMost = "s2.bulkhead.call-lease")
    @WithDefault("10s")
    Duration callRenew();

    /** The most lost calls that are booked in one transaction. */
    @Allowed(from = "1", to = "10000")
    @WithDefault("100")
    int lostBatch();

    /** How long a process that ends waits until the ends of its calls are written. */
    @Allowed(from = "0s", to = "10m")
    @WithDefault("20s")
    Duration callEndsWait();

    /** Days that calls stay in the list. */
    @Allowed(from = "1", to = "3650")
    @WithDefault("30")
    int callDays();

    /**
     * How long after a session's call of a model its own telemetry of that model is only shown, because such calls are booked
     * here.
     */
    @Allowed(from = "1m", to = "30d")
    @WithDefault("24h")
    Duration calledWithin();

    /** How many tokens a call may be answered with if neither its request nor the price list says so. */
    @Allowed(from = "1", to = "100000000")
    @WithDefault("32000")
    long assumedOutputTokens();
}
