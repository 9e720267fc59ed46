package io.infrafabric.bus;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** The bounds and periods of the bus. Durations are ISO 8601 or the short form of Quarkus ({@code 500ms}, {@code 2s}). */
@ConfigMapping(prefix = "s2.bus")
public interface BusConfig {

    /**
     * How long a process asks the database for the outcome of a COMMIT whose answer was lost, before the call fails.
     */
    @Allowed(from = "0s", to = "1h")
    @WithDefault("60s")
    Duration commitOutcomeWait();

    /**
     * How long PostgreSQL may say nothing on a connection before it counts as lost. A statement ends after 30 s at the latest.
     */
    @Allowed(from = "31s", to = "1h")
    @WithDefault("40s")
    Duration postgresSilence();

    /** The longest that one command to Redis may take before it counts as failed. */
    @Allowed(from = "10ms", to = "1m")
    @WithDefault("5s")
    Duration redisTimeout();

    /** A broker of AMQP, where one carries the events in place of Redis. */
    Amqp amqp();

    /** The most bells that wait to be sent to other processes. Further ones are dropped, which only costs time. */
    @Allowed(from = "1", to = "10000000")
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

    /** The feed: the log for those who follow what happens. */
    Feed feed();

    /** The sweep: emits what is due, and publishes what did not get through. */
    Sweep sweep();

    /** How long the event log is kept, in whole days. A day stays longer if a subscriber has not taken it in. */
    @Allowed(from = "1", to = "3650", below = "s2.bus.seen-retention-days")
    @WithDefault("7")
    int retentionDays();

    /** How long the newest seen version of an entity is kept, in whole days. Longer than the event log. */
    @Allowed(from = "2", to = "3651")
    @WithDefault("30")
    int seenRetentionDays();

    /** See {@link BusConfig#amqp()}. */
    interface Amqp {
        /** How long the broker may take to answer: to a connection, a link, and a message. */
        @Allowed(from = "10ms", to = "1m")
        @WithDefault("5s")
        Duration timeout();

        /** A connection on which the broker says nothing for twice this long is lost. */
        @Allowed(from = "100ms", to = "10m")
        @WithDefault("5s")
        Duration heartbeat();

        /**
         * The longest pause before an event that its function still has not taken in is published once more. The first pause
         * is {@code s2.bus.sweep.unhandled-after}; it doubles.
         */
        @Allowed(from = "1s", to = "1d")
        @WithDefault("1h")
        Duration againAtMost();
    }

    /** See {@link BusConfig#relay()}. */
    interface Relay {
        /** The most events that wait in memory to be published; the sweep publishes the rest. */
        @Allowed(from = "1", to = "10000000")
        @WithDefault("10000")
        int maxQueued();

        /** The most events that go to the channel in one round trip. */
        @Allowed(from = "1", to = "10000")
        @WithDefault("256")
        int maxBatch();

        /** How long published events are gathered before the database marks them as published. Less than 2 s. */
        @Allowed(from = "1ms", to = "2s", atMost = "s2.bus.sweep.unpublished-after")
        @WithDefault("100ms")
        Duration markEvery();
    }

    /** See {@link BusConfig#inbox()}. */
    interface Inbox {
        /** Tries of a handler before its event becomes a dead letter. */
        @Allowed(from = "1", to = "1000")
        @WithDefault("5")
        int maxTries();

        /** The pause before the second try; it doubles with each further one. */
        @Allowed(from = "1ms", to = "1m")
        @WithDefault("100ms")
        Duration retryBackoff();

        /** Deliveries of an unfinished event before it counts as one that crashes the process. */
        @Allowed(from = "1", to = "10000")
        @WithDefault("20")
        int maxDeliveries();

        /** How often a transaction that the database aborted (deadlock, serialization) is repeated at once. */
        @Allowed(from = "0", to = "1000")
        @WithDefault("10")
        int maxAborts();
    }

    /** See {@link BusConfig#reader()}. */
    interface Reader {
        /** The most entries in one batch, which is one transaction. */
        @Allowed(from = "1", to = "10000")
        @WithDefault("64")
        int maxBatch();

        /** How long one read waits for entries; also the longest that a shutdown waits for it. */
        @Allowed(from = "10ms", to = "1m")
        @WithDefault("1s")
        Duration block();

        /** Entries that their consumer has not touched for this long are taken over. */
        @Allowed(from = "10ms", to = "1h")
        @WithDefault("30s")
        Duration claimIdle();

        /** The most entries that one look considers for taking over. */
        @Allowed(from = "1", to = "10000")
        @WithDefault("200")
        int claimPage();

        /** From this many deliveries on, an entry is taken over alone, so that it cannot affect others. */
        @Allowed(from = "1", to = "10000")
        @WithDefault("3")
        int aloneFrom();

        /** The pause after an infrastructure failure; it doubles up to {@code max-backoff}. */
        @Allowed(from = "1ms", to = "1h", atMost = "s2.bus.reader.max-backoff")
        @WithDefault("200ms")
        Duration backoff();

        /** The longest pause after consecutive infrastructure failures. */
        @Allowed(from = "1ms", to = "1h")
        @WithDefault("5s")
        Duration maxBackoff();

        /** Silent consumers without pending entries are deleted from the group after this time. */
        @Allowed(from = "1ms", to = "30d")
        @WithDefault("1h")
        Duration forgetConsumers();

        /** Age at which an entry of an unknown type causes a warning. */
        @Allowed(from = "1s", to = "365d")
        @WithDefault("1h")
        Duration warnUnknown();

        /** How long a shutdown waits for the batch in flight. */
        @Allowed(from = "0s", to = "10m")
        @WithDefault("10s")
        Duration drain();
    }

    /** See {@link BusConfig#log()}. */
    interface Log {
        /** The time between two looks into the log while the channel is away or refuses writes. */
        @Allowed(from = "10ms", to = "1m")
        @WithDefault("2s")
        Duration every();

        /** How far each look reaches back before the last one: longer than most transactions. */
        @Allowed(from = "1s", to = "1h")
        @WithDefault("60s")
        Duration recent();

        /**
         * How often a look starts from the point up to which everything was taken in, because some transactions take
         * long.
         */
        @Allowed(from = "1s", to = "1h")
        @WithDefault("60s")
        Duration wholeEvery();

        /**
         * Age at which even processes that reach the channel read unpublished events from the log, because the
         * processes that wrote them may not reach it. Longer than the sweep takes to publish them.
         */
        @Allowed(from = "1ms", to = "1h")
        @WithDefault("10s")
        Duration leftAfter();

        /** The most events of a function that count as undelivered. */
        @Allowed(from = "1", to = "1000000")
        @WithDefault("1000")
        int maxCounted();
    }

    /** See {@link BusConfig#feed()}. */
    interface Feed {
        /** The most events that one look reads. */
        @Allowed(from = "1", to = "10000")
        @WithDefault("500")
        int page();

        /** How often a process with followers looks by itself, in case a bell was lost. */
        @Allowed(from = "10ms", to = "1m")
        @WithDefault("1s")
        Duration lookAgain();

        /** The first pause before a hole in the log is looked at again; it doubles up to {@code look-again}. */
        @Allowed(from = "1ms", to = "1s")
        @WithDefault("2ms")
        Duration holePause();

        /** How long the feed goes on without a follower. Others ring for it for as long. */
        @Allowed(from = "1s", to = "1h")
        @WithDefault("10s")
        Duration linger();

        /** The most events that the process keeps in memory for all followers. */
        @Allowed(from = "1", to = "10000000")
        @WithDefault("20000")
        int recentEvents();

        /** The most characters of events that it keeps. */
        @Allowed(from = "1000000", to = "2000000000")
        @WithDefault("32000000")
        int recentChars();

        /** How many numbers of the log one statement passes for a follower that is behind what is in memory. */
        @Allowed(from = "100", to = "1000000")
        @WithDefault("10000")
        int behindPage();

        /** The most such statements at once. */
        @Allowed(from = "1", to = "1000")
        @WithDefault("4")
        int behindAtOnce();
    }

    /** See {@link BusConfig#sweep()}. */
    interface Sweep {
        /** Whether this process sweeps. */
        @WithDefault("true")
        boolean enabled();

        /** The time between two sweeps. */
        @Allowed(from = "1s", to = "1m")
        @WithDefault("1s")
        Duration every();

        /** The time between two rounds of housekeeping (partitions, and checks for events that nobody took in). */
        @Allowed(from = "1s", to = "1h")
        @WithDefault("60s")
        Duration housekeeping();

        /** Due rows, or events, in one statement. */
        @Allowed(from = "1", to = "10000")
        @WithDefault("500")
        int page();

        /** The most pages in one sweep. */
        @Allowed(from = "1", to = "10000")
        @WithDefault("20")
        int maxPages();

        /** Age at which the sweep publishes an unpublished event. */
        @Allowed(from = "1ms", to = "1h")
        @WithDefault("2s")
        Duration unpublishedAfter();

        /** Age at which an event is published again if nobody has taken it in and its stream does not hold it. */
        @Allowed(from = "0s", to = "1d")
        @WithDefault("60s")
        Duration unhandledAfter();

        /** How far before the last complete point the check starts: longer than any transaction. */
        @Allowed(from = "1s", to = "1d")
        @WithDefault("10m")
        Duration unhandledMargin();

        /** A pulse that comes later than expected by more than this is a gap; deadlines are extended by its length. */
        @Allowed(from = "100ms", to = "1h")
        @WithDefault("2s")
        Duration gapAfter();

        /** How many days in advance partitions are made. */
        @Allowed(from = "1", to = "60")
        @WithDefault("3")
        int daysAhead();

        /** A type is unsubscribed when its function has not asked for it during this time, but has asked for others. */
        @Allowed(from = "1m", to = "365d")
        @WithDefault("1d")
        Duration unsubscribeAfter();
    }
}
