package io.infrafabric.bulkhead.payment;

import io.infrafabric.budget.Purses.Verdict;
import io.infrafabric.bulkhead.provider.Provider;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;

/** Why a call is not made, as problems. */
final class PaymentRefusals {
    private PaymentRefusals() {}

    static Problem exceeded(Verdict.Refused why, BigDecimal estimate) {
        return why.problem().with("estimate", estimate);
    }

    static Problem aboveMaxCost(BigDecimal estimate, BigDecimal maxCost) {
        return Problem.of(
                        Code.IF_ERR_BUDGET_EXCEEDED,
                        "The call may cost " + estimate.toPlainString() + " US dollars, and S2-Max-Cost allows "
                                + maxCost.toPlainString() + ".")
                .with("estimate", estimate)
                .with("maxCost", maxCost);
    }

    static Problem paused(String account, String reason, BigDecimal estimate) {
        return Problem.of(Code.IF_ERR_SWARM_PAUSED, "The swarm of account " + account + " is paused: " + reason)
                .with("account", account)
                .with("reason", reason)
                .with("estimate", estimate);
    }

    static Problem priceUnknown(Provider provider, String model) {
        return Problem.of(
                        Code.IF_ERR_PRICE_UNKNOWN,
                        "There is no price for this model of " + provider.name() + ", which refuses such models.")
                .with("provider", provider.name())
                .with("model", model);
    }

    /** @param current the epoch of the claim that the session has of the task, {@code null} for none */
    static Problem stale(Payment wanted, Long current) {
        String detail = current == null
                ? "Session " + wanted.session() + " does not hold task " + wanted.task() + " any more."
                : "The claim of task " + wanted.task() + " is at epoch " + current + ", not " + wanted.epoch() + ".";
        return Problem.of(Code.IF_ERR_STALE_EPOCH, detail)
                .with("task", wanted.task())
                .with("currentEpoch", current);
    }

    static Problem tooMany(int most) {
        return Problem.of(Code.IF_ERR_OVERLOADED, "As many calls as there may be are under way: " + most + ".");
    }
}
