package io.infrafabric.event;

import static io.infrafabric.event.Catalogue.Type.v1;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/** What happens to money. Only the budget writes these, except for {@link CostReported}. Amounts are US dollars. */
@RegisterForReflection
public sealed interface BudgetEvent extends Event {

    /** The events, each with its name on the wire. */
    List<Catalogue.Type> TYPES = List.of(
            v1("budget", "cost-reported", CostReported.class),
            v1("budget", "budget-warned", BudgetWarned.class),
            v1("budget", "breaker-opened", BreakerOpened.class),
            v1("budget", "probe-allowed", ProbeAllowed.class),
            v1("budget", "breaker-closed", BreakerClosed.class));

    /** The account that it concerns, for example {@code session:ann}. */
    String account();

    @Override
    default String subject() {
        return "account:" + account();
    }

    /** Why a breaker is open. */
    enum BreakerReason {
        /** Everything that may be spent today is spent. */
        BUDGET,
        /** Too many failures in a row. */
        FAILURES
    }

    /** Why a breaker closed. */
    enum ClosedBecause {
        /** A new UTC day began. */
        NEW_DAY,
        /**
         * There is headroom: the limit was removed or raised above what is spent and held, or the spending was
         * corrected.
         */
        LIMIT_RAISED,
        /** An operator reset it. */
        RESET,
        /** The session succeeded again. */
        RECOVERED
    }

    /**
     * Somebody reports a cost over the channel (a fact: this is how the channel books a cost).
     *
     * @param id makes it count once, even if the same cost also comes over REST; {@code null} for the event's own id
     * @param task the task that it was for, or {@code null}
     * @param epoch the claim that it was for; {@code null} for the account's newest claim of the task
     * @param at when it happened, {@code null} if not known; it counts on the day on which it is booked
     */
    record CostReported(
            String id,
            String account,
            String swarm,
            BigDecimal amount,
            String task,
            Long epoch,
            String model,
            Long tokensIn,
            Long tokensOut,
            String what,
            Instant at)
            implements BudgetEvent {}

    /** So much of the limit is spent that a warning is due (a fact: one for each account and day). */
    record BudgetWarned(String account, String swarm, LocalDate day, BigDecimal spent, BigDecimal limit)
            implements BudgetEvent {}

    /** The account may make no more holds and claims. {@code limit} is {@code null} for an account without one. */
    record BreakerOpened(
            String account, String swarm, BreakerReason reason, BigDecimal spent, BigDecimal limit, long version)
            implements BudgetEvent, Versioned {}

    /** After failures, one hold may try whether calls succeed again. */
    record ProbeAllowed(String account, String swarm, long version) implements BudgetEvent, Versioned {}

    /**
     * Holds and claims are possible again.
     *
     * @param by the operator, {@code null} if nobody did it
     * @param at when, by the database's clock; {@code null} from releases that did not say
     */
    record BreakerClosed(String account, String swarm, ClosedBecause why, String by, Instant at, long version)
            implements BudgetEvent, Versioned {}
}
