package io.infrafabric.bus;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The bounds and periods of the bus. Durations are ISO 8601 or the short form of Quarkus ({@code 500ms}, {@code 2s}). */
@ConfigMapping(prefix = "s2.bus")
public interface BusConfig {

    /** How long the database is asked for the outcome of a COMMIT whose answer was lost, before the call fails. */
    @WithDefault("60s")
    Duration commitOutcomeWait();

    /** The longest that one command to Redis may take before it counts as failed. */
    @WithDefault("5s")
    Duration redisTimeout();

    /** The most bells that wait to be sent to other processes; more are dropped, which costs time and nothing else. */
    @WithDefault("10000")
    int maxQueuedBells();

    /** The relay: publishes right after the commit. */
    Relay relay();

    /** The inbox: how the handlers of a function are run. */
    Inbox inbox();

    /** The reader of a channel. */
    Reader reader();

    /** The event log, which is read while the channel is away or refuses writes. */
    Log log();

    /** The sweep: whatever is due, and whatever did not get through. */
    Sweep sweep();

    /** How long the event log is kept, in whole days; a day stays longer where a subscriber has not taken it in. */
    @WithDefault("7")
    int retentionDays();

    /** How long the newest seen version of an entity is kept, in whole days. Longer than the event log. */
    @WithDefault("30")
    int seenRetentionDays();

    /** See {@link BusConfig#relay()}. */
    interface Relay {
        /** The most events that wait in memory to be published; more are left to the sweep. */
        @WithDefault("10000")
        int maxQueued();

        /** The most events that go to Redis in one round trip. */
        @WithDefault("256")
        int maxBatch();

        /** How long published events are gathered before they are marked as such in the database. Less than 2 s. */
        @WithDefault("100ms")
        Duration markEvery();
    }

    /** See {@link BusConfig#inbox()}. */
    interface Inbox {
        /** Tries of a handler before its event becomes a dead letter. */
        @WithDefault("5")
        int maxTries();

        /** The pause before the second try; it doubles with each further one. */
        @WithDefault("100ms")
        Duration retryBackoff();

        /** Deliveries of an event that was never finished, before it is taken to crash the process. */
        @WithDefault("20")
        int maxDeliveries();

        /** How often a transaction that the database aborted (deadlock, serialization) is run again at once. */
        @WithDefault("10")
        int maxAborts();
    }

    /** See {@link BusConfig#reader()}. */
    interface Reader {
        /** The most entries in one batch, which is one transaction. */
        @WithDefault("64")
        int maxBatch();

        /** How long one read waits for entries; also the longest that a shutdown waits for it. */
        @WithDefault("1s")
        Duration block();

        /** Entries that their consumer has not touched for this long are taken over. */
        @WithDefault("30s")
        Duration claimIdle();

        /** The most entries looked at for taking over in one look. */
        @WithDefault("200")
        int claimPage();

        /** From this many deliveries on, an entry is taken over alone, so that it cannot drag others with it. */
        @WithDefault("3")
        int aloneFrom();

        /** The pause after an infrastructure failure; it doubles up to {@link #maxBackoff()}. */
        @WithDefault("200ms")
        Duration backoff();

        /** The longest pause after infrastructure failures in a row. */
        @WithDefault("5s")
        Duration maxBackoff();

        /** Silent consumers without pending entries are deleted from the group after this time. */
        @WithDefault("1h")
        Duration forgetConsumers();

        /** How old an entry of an unknown type may get before it is warned about. */
        @WithDefault("1h")
        Duration warnUnknown();

        /** How long a shutdown waits for the batch in flight. */
        @WithDefault("10s")
        Duration drain();
    }

    /** See {@link BusConfig#log()}. */
    interface Log {
        /** The time between two looks into the log while the channel is away or refuses writes. */
        @WithDefault("2s")
        Duration every();

        /** How far behind its last look each look begins: longer than most transactions. */
        @WithDefault("60s")
        Duration recent();

        /** How often a look begins where all is known to be taken in, since a transaction may take longer than most. */
        @WithDefault("60s")
        Duration wholeEvery();

        /**
         * Events that are still not published after this time are read from the log also by processes whose own way to the
         * channel is open, since it is not for those that wrote them. Longer than the sweep takes to publish them.
         */
        @WithDefault("10s")
        Duration leftAfter();

        /** The most events of a function that are counted as undelivered. */
        @WithDefault("1000")
        int maxCounted();
    }

    /** See {@link BusConfig#sweep()}. */
    interface Sweep {
        /** Whether this process sweeps. */
        @WithDefault("true")
        boolean enabled();

        /** The time between two sweeps. */
        @WithDefault("1s")
        Duration every();

        /** The time between two rounds of housekeeping (partitions, checks of what was never taken in). */
        @WithDefault("60s")
        Duration housekeeping();

        /** Due rows, or events, handled in one statement. */
        @WithDefault("500")
        int page();

        /** Pages in one sweep at most. */
        @WithDefault("20")
        int maxPages();

        /** An event that is still not published after this time is published by the sweep. */
        @WithDefault("2s")
        Duration unpublishedAfter();

        /** An event that no one has taken in after this time, and that is not in its stream, is published again. */
        @WithDefault("60s")
        Duration unhandledAfter();

        /** How far back behind what was found complete the check looks again: longer than any transaction. */
        @WithDefault("10m")
        Duration unhandledMargin();

        /** A pulse that is later than the next sweep by more than this is a gap; deadlines are extended by it. */
        @WithDefault("2s")
        Duration gapAfter();

        /** Partitions of this many days are made ahead. */
        @WithDefault("3")
        int daysAhead();

        /** A type that its function has not asked for in this time, while it asked for others, is unsubscribed. */
        @WithDefault("1d")
        Duration unsubscribeAfter();
    }
}
