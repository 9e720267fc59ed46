package io.infrafabric.bulkhead.payment;

import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.bulkhead.usage.Request;
import io.infrafabric.bus.EventIds;
import io.infrafabric.command.Caller;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;

/** Holds money before calls, and books what they cost. */
@ApplicationScoped
public class Payments {
    private final EventIds ids;

    Payments(EventIds ids) {
        this.ids = ids;
    }

    /**
     * What a provider cost today.
     *
     * @param costUnknown the part of it that is estimated, because nobody saw the usage
     */
    @RegisterForReflection
    public record Spent(BigDecimal costToday, BigDecimal costUnknown) {}

    /**
     * In one transaction: the claim still has that epoch, the money is held, the row of the call is there. Fails with a
     * Problem if one of them is not so.
     *
     * @param task {@code null} if the call is for none
     * @param epoch {@code null} with {@code task}
     * @param maxCost what the caller wants to spend at most; {@code null} for anything
     */
    public Uni<Payment> before(
            Provider provider, Request request, Caller caller, String task, Long epoch, BigDecimal maxCost, Instant now) {
        return Uni.createFrom().item(() -> new Payment(ids.next()));
    }

    /** Books what the call cost, in the background, until it stands. */
    public void after(Payment payment, CallEnd end) {}

    /** What this provider cost today. */
    public Uni<Spent> today(String provider) {
        return Uni.createFrom().item(new Spent(BigDecimal.ZERO, BigDecimal.ZERO));
    }
}
