package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/** What becomes of providers, and of calls to them. Only bulkhead writes these. */
@RegisterForReflection
public sealed interface BulkheadEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("bulkhead", "provider-changed", ProviderChanged.class),
            v1("bulkhead", "call-finished", CallFinished.class),
            v1("bulkhead", "call-lost", CallLost.class),
            v1("bulkhead", "provider-opened", ProviderOpened.class),
            v1("bulkhead", "provider-closed", ProviderClosed.class),
            v1("bulkhead", "provider-paused", ProviderPaused.class));

    /**
     * A provider was added, changed or deleted (a state). It says nothing of its key.
     *
     * @param deleted whether it is gone
     * @param by who did it
     */
    record ProviderChanged(
            String provider,
            String baseUrl,
            String dialect,
            int maxConcurrent,
            boolean deleted,
            String by,
            Instant at,
            long version)
            implements BulkheadEvent, Versioned {
        @Override
        public String subject() {
            return "provider:" + provider;
        }

        @Override
        public String swarm() {
            return null;
        }
    }

    /**
     * A call to a provider has ended (a fact). It says nothing of what was asked or answered.
     *
     * @param model as the answer names it, else as the request did; {@code null} if neither did
     * @param task with {@code epoch} the claim that it was for; {@code null} for none
     * @param outcome ANSWERED, NOT_SENT, TIMED_OUT, CUT, CLIENT_LEFT or STOPPED
     * @param status of the provider's answer, {@code null} if there was none
     * @param input tokens, without what was read from or written to a cache
     * @param cost US dollars that are booked for it
     * @param costFrom where the cost is from: ANSWER, PARTIAL, ESTIMATE or NONE
     */
    record CallFinished(
            String call,
            String provider,
            String model,
            String session,
            String swarm,
            String task,
            Long epoch,
            String outcome,
            Integer status,
            long input,
            long output,
            BigDecimal cost,
            String costFrom,
            Long firstByteMillis,
            Long totalMillis)
            implements BulkheadEvent {
        @Override
        public String subject() {
            return "call:" + call;
        }
    }

    /** The process that made a call has died (a fact): nobody knows what it used, so its whole estimate is booked. */
    record CallLost(
            String call,
            String provider,
            String model,
            String session,
            String swarm,
            String task,
            Long epoch,
            BigDecimal cost)
            implements BulkheadEvent {
        @Override
        public String subject() {
            return "call:" + call;
        }
    }

    /**
     * The breaker of a provider has opened, or stays open after a probe (a state of the breaker). Calls are refused.
     *
     * @param reason what failed, or what the operator said
     * @param by the operator, or {@code bulkhead}
     * @param openUntil when a probe may be made; {@code null}: when somebody closes it
     */
    record ProviderOpened(String provider, String reason, String by, Instant openUntil, long version)
            implements BulkheadEvent, Versioned {
        @Override
        public String subject() {
            return "breaker:" + provider;
        }

        @Override
        public String swarm() {
            return null;
        }
    }

    /** The breaker of a provider has closed (a state of the breaker). Calls go through again. */
    record ProviderClosed(String provider, String reason, String by, long version) implements BulkheadEvent, Versioned {
        @Override
        public String subject() {
            return "breaker:" + provider;
        }

        @Override
        public String swarm() {
            return null;
        }
    }

    /**
     * A provider has asked for fewer calls (429), and calls for this model rest (a state of the model). A pause is never
     * shortened.
     *
     * @param model empty for calls that name none
     * @param version grows with {@code until}
     */
    record ProviderPaused(String provider, String model, Instant until, long version)
            implements BulkheadEvent, Versioned {
        @Override
        public String subject() {
            return "pause:" + provider + "/" + model;
        }

        @Override
        public String swarm() {
            return null;
        }
    }
}
