package io.infrafabric.bulkhead.provider;

import io.infrafabric.bulkhead.provider.Provider.Auth;
import io.infrafabric.bulkhead.provider.Provider.BreakerLimits;
import io.infrafabric.bulkhead.provider.Provider.Timeouts;
import io.infrafabric.bulkhead.provider.Provider.UnknownModel;
import io.infrafabric.bulkhead.provider.Provider.WhenClientLeaves;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The wanted state of a provider. An absent ({@code null}) part keeps what it was; of a new provider it gets what its name
 * or its dialect suggests.
 *
 * @param auth one without a key takes the reference away
 */
public record ProviderWish(
        String baseUrl,
        Dialect dialect,
        Integer maxConcurrent,
        Integer maxQueued,
        Duration queueFor,
        WantedTimeouts timeouts,
        WantedBreaker breaker,
        WantedAuth auth,
        WhenClientLeaves whenClientLeaves,
        UnknownModel unknownModel,
        Boolean injectUsage,
        List<String> paths) {

    private static final int CONCURRENT = 10;
    private static final int QUEUED = 20;
    private static final Duration QUEUE_FOR = Duration.ofSeconds(30);
    private static final Timeouts TIMEOUTS = new Timeouts(
            Duration.ofSeconds(5), Duration.ofSeconds(300), Duration.ofSeconds(120), Duration.ofSeconds(3600));
    private static final BreakerLimits BREAKER =
            new BreakerLimits(Duration.ofSeconds(30), 5, 0.5, Duration.ofSeconds(30));

    /** See {@link Timeouts}. */
    public record WantedTimeouts(Duration connect, Duration firstByte, Duration idle, Duration total) {
        Timeouts over(Timeouts old) {
            return new Timeouts(
                    or(connect, old.connect()),
                    or(firstByte, old.firstByte()),
                    or(idle, old.idle()),
                    or(total, old.total()));
        }
    }

    /** See {@link BreakerLimits}. */
    public record WantedBreaker(Duration window, Integer minCalls, Double failureRate, Duration openFor) {
        BreakerLimits over(BreakerLimits old) {
            return new BreakerLimits(
                    or(window, old.window()),
                    or(minCalls, old.minCalls()),
                    or(failureRate, old.failureRate()),
                    or(openFor, old.openFor()));
        }
    }

    /** See {@link Auth}. */
    public record WantedAuth(String key, String header, String scheme) {}

    /** What such a wish comes to. */
    sealed interface Decided {
        record Provided(Provider now) implements Decided {}

        /** A new provider needs this field. */
        record Missing(String field) implements Decided {}
    }

    /**
     * The provider after this wish.
     *
     * @param old {@code null} for a new one
     */
    Decided over(Provider old, String name, String by, Instant now) {
        Optional<Preset> preset = Preset.of(name);
        String url = baseUrl != null
                ? baseUrl
                : old != null ? null : preset.map(Preset::baseUrl).orElse(null);
        if (url == null && old == null) {
            return new Decided.Missing("baseUrl");
        }
        Dialect spoken = or(
                dialect,
                old != null ? old.dialect() : preset.map(Preset::dialect).orElse(null));
        if (spoken == null) {
            return new Decided.Missing("dialect");
        }
        URI address = url == null ? old.baseUrl() : URI.create(url.replaceAll("/+$", ""));
        boolean moved = old == null || !address.equals(old.baseUrl());
        Auth key = auth != null ? key(spoken) : moved ? null : old.auth();
        return new Decided.Provided(new Provider(
                name,
                address,
                spoken,
                or(maxConcurrent, old == null ? CONCURRENT : old.maxConcurrent()),
                or(maxQueued, old == null ? QUEUED : old.maxQueued()),
                or(queueFor, old == null ? QUEUE_FOR : old.queueFor()),
                timeouts == null
                        ? or(old == null ? null : old.timeouts(), TIMEOUTS)
                        : timeouts.over(old == null ? TIMEOUTS : old.timeouts()),
                breaker == null
                        ? or(old == null ? null : old.breaker(), BREAKER)
                        : breaker.over(old == null ? BREAKER : old.breaker()),
                key,
                or(whenClientLeaves, old == null ? WhenClientLeaves.ABORT : old.whenClientLeaves()),
                or(unknownModel, old == null ? UnknownModel.DEAREST : old.unknownModel()),
                or(injectUsage, old == null || old.injectUsage()),
                paths != null ? paths : old != null && spoken == old.dialect() ? old.paths() : spoken.paths(),
                old == null ? 1 : old.version() + 1,
                old == null ? now : old.createdAt(),
                now,
                by));
    }

    private Auth key(Dialect spoken) {
        return auth.key() == null || auth.key().isEmpty()
                ? null
                : new Auth(auth.key(), or(auth.header(), spoken.header()), or(auth.scheme(), scheme(spoken)));
    }

    /** A header of another name has no scheme unless it is said. */
    private String scheme(Dialect spoken) {
        return auth.header() == null || auth.header().equals(spoken.header()) ? spoken.scheme() : "";
    }

    private static <T> T or(T wanted, T old) {
        return wanted == null ? old : wanted;
    }
}
