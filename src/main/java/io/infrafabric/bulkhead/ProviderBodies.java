package io.infrafabric.bulkhead;

import io.infrafabric.bulkhead.provider.Dialect;
import io.infrafabric.bulkhead.provider.Provider.UnknownModel;
import io.infrafabric.bulkhead.provider.Provider.WhenClientLeaves;
import io.infrafabric.bulkhead.slot.LiveFigures;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What callers send and get about providers, as JSON. */
final class ProviderBodies {
    private ProviderBodies() {}

    /** {@code PUT /bulkhead/providers/{provider}}. */
    @RegisterForReflection
    public record ProviderBody(
            @Schema(
                    description = "https, without a query; the path of a call is appended",
                    examples = "https://api.anthropic.com")
            String baseUrl,

            @Schema(description = "anthropic, openai, gemini, bedrock, ollama or none", examples = "anthropic")
            String dialect,

            @Schema(description = "Calls at once in the whole fleet (10)", examples = "10")
            Integer maxConcurrent,

            @Schema(description = "Calls that wait in one process (20)", examples = "20")
            Integer maxQueued,

            @Schema(description = "How long a call waits (30)", examples = "30")
            BigDecimal queueSeconds,

            TimeoutSeconds timeouts,
            BreakerBody breaker,
            AuthBody auth,

            @Schema(description = "abort or drain (abort)", examples = "abort")
            String whenClientLeaves,

            @Schema(description = "dearest or refuse (dearest)", examples = "dearest")
            String unknownModel,

            @Schema(description = "Have streams that do not say what they used say it (true)")
            Boolean injectUsage,

            @Schema(description = "What paths may begin with", examples = "[\"/v1/\"]")
            List<String> paths) {}

    /** How long the parts of a call may take, in seconds. */
    @RegisterForReflection
    @Schema(name = "ProviderTimeouts")
    public record TimeoutSeconds(BigDecimal connect, BigDecimal firstByte, BigDecimal idle, BigDecimal total) {}

    /** When the breaker opens. */
    @RegisterForReflection
    @Schema(name = "ProviderBreaker")
    public record BreakerBody(BigDecimal window, Integer minCalls, Double failureRate, BigDecimal openSeconds) {}

    /** Where the key is. */
    @RegisterForReflection
    @Schema(name = "ProviderAuth")
    public record AuthBody(
            @Schema(description = "env:S2_KEY_… or file:PATH; never the key itself", examples = "env:S2_KEY_ANTHROPIC")
            String key,

            @Schema(description = "The header that takes it; the dialect's if absent")
            String header,

            @Schema(description = "The word before it; the dialect's if absent")
            String scheme) {}

    /** A provider. {@code auth} is shown to operators and viewers only. */
    @RegisterForReflection
    @Schema(name = "Provider")
    public record ProviderView(
            String name,
            String baseUrl,
            Dialect dialect,
            int maxConcurrent,
            int maxQueued,
            BigDecimal queueSeconds,
            TimeoutSeconds timeouts,
            BreakerBody breaker,
            AuthBody auth,
            WhenClientLeaves whenClientLeaves,
            UnknownModel unknownModel,
            boolean injectUsage,
            List<String> paths,
            long version,
            Instant createdAt,
            Instant changedAt,
            String changedBy,
            Boolean keyPresent,
            ProviderLive live) {}

    /** How a provider is doing. */
    @RegisterForReflection
    public record ProviderLive(
            int running,
            int queued,
            List<LiveFigures.HeldSlots> slots,
            LiveFigures.BreakerNow breaker,
            List<LiveFigures.PauseNow> pauses,
            LiveFigures.LastMinutes last5min,
            BigDecimal costToday,
            BigDecimal costUnknown) {}
}
