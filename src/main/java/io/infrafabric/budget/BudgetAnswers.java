package io.infrafabric.budget;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.infrafabric.budget.Account.Reset;
import io.infrafabric.budget.AccountTable.View;
import io.infrafabric.budget.LedgerProof.Difference;
import io.infrafabric.budget.LedgerProof.Overdue;
import io.infrafabric.budget.Purses.Verdict.Refused;
import io.infrafabric.bus.Rows;
import io.infrafabric.command.Idempotency;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.input.Decimals;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Shows callers the answers of the rules, as JSON with a status or as a problem. */
@ApplicationScoped
public class BudgetAnswers {

    /**
     * An account. Money is in US dollars.
     *
     * @param dailyLimit the most that may be spent in a UTC day, absent for no limit
     * @param allowance what an operator allowed for today above the limit, absent for nothing
     * @param spentToday spent by it and all accounts below
     * @param apartToday the part of that from reports above the bound: it counts here, and above only if a human says
     * so; absent for nothing
     * @param heldToday set aside now, by it and all accounts below
     * @param remaining what this account could still hold, absent for no limit; accounts above may have less
     * @param resetsAt when the next day begins
     */
    public record AccountView(
            String account,
            String parent,
            String swarm,
            BigDecimal dailyLimit,
            BigDecimal allowance,
            BigDecimal warnAt,
            BigDecimal spentToday,
            BigDecimal apartToday,
            BigDecimal heldToday,
            BigDecimal remaining,
            Breaker breaker,
            Instant resetsAt,
            long version) {}

    /**
     * A hold.
     *
     * @param booked what it has spent so far
     * @param remaining the least that is left on the way from the account to the root, absent for no limit
     */
    public record HoldView(
            String hold,
            String account,
            BigDecimal amount,
            BigDecimal booked,
            Hold.State state,
            String taskId,
            Long epoch,
            String reference,
            Instant placedAt,
            Instant expiresAt,
            Instant endedAt,
            BigDecimal remaining) {}

    /**
     * Whether all balances are the sums of their rows, and where they are not.
     *
     * @param overdueHolds holds past their end: their money is on the books, but should have come back
     */
    @Schema(name = "LedgerProof")
    public record Proof(
            boolean balanced,
            @JsonInclude(JsonInclude.Include.ALWAYS) List<Difference> differences,
            @JsonInclude(JsonInclude.Include.ALWAYS) List<Overdue> overdueHolds) {}

    private final AnswerWriter json;

    public BudgetAnswers(AnswerWriter json) {
        this.json = json;
    }

    static AccountView shown(View view) {
        Account account = view.account();
        List<String> path = account.path();
        LocalDate day = account.today().day();
        return new AccountView(
                account.id(),
                path.size() > 1 ? path.get(path.size() - 2) : null,
                account.swarm(),
                Decimals.plain(account.dailyLimit()),
                account.today().allowance().signum() == 0
                        ? null
                        : Decimals.plain(account.today().allowance()),
                Decimals.plain(account.warnAt()),
                Decimals.plain(account.total().spent()),
                view.apart().signum() == 0 ? null : Decimals.plain(view.apart()),
                Decimals.plain(account.total().held()),
                Decimals.plain(account.remaining()),
                account.breaker(view.now()),
                LedgerTable.midnight(day),
                account.version());
    }

    static HoldView shown(Hold hold, BigDecimal remaining) {
        return new HoldView(
                hold.id(),
                hold.account(),
                Decimals.plain(hold.placed()),
                Decimals.plain(hold.booked()),
                hold.state(),
                hold.task(),
                hold.epoch(),
                hold.reference(),
                hold.placedAt(),
                hold.expiresAt(),
                hold.endedAt(),
                remaining);
    }

    Idempotency.Answer toKeep(FreeHolds.Placed placed) {
        return placed instanceof FreeHolds.Placed.Granted(Hold hold, BigDecimal remaining)
                ? rendered(201, shown(hold, remaining))
                : null;
    }

    Idempotency.Answer toKeep(FreeHolds.Ended ended) {
        return ended instanceof FreeHolds.Ended.Done(Hold hold, BigDecimal remaining)
                ? rendered(200, shown(hold, remaining))
                : null;
    }

    Idempotency.Answer toKeep(CostTransaction.Booking booking) {
        return booking instanceof CostTransaction.Booking.Booked(View account) ? rendered(200, shown(account)) : null;
    }

    /** The JSON of an answer with this status. */
    Idempotency.Answer rendered(int status, Object body) {
        return json.write(status, body);
    }

    static Problem refusal(FreeHolds.Placed placed) {
        return switch (placed) {
            case FreeHolds.Placed.Granted granted -> throw new IllegalArgumentException("not a refusal: " + granted);
            case FreeHolds.Placed.Refused(Refused why) -> refusal(why);
            case FreeHolds.Placed.Paused(String account, String reason) ->
                Problem.of(Code.IF_ERR_SWARM_PAUSED, "The swarm of account " + account + " is paused: " + reason)
                        .with("account", account)
                        .with("reason", reason);
        };
    }

    /** Why an amount cannot be held, as a problem. */
    static Problem refusal(Refused refused) {
        Problem problem = switch (refused.why()) {
            case EXCEEDED ->
                Problem.of(
                        Code.IF_ERR_BUDGET_EXCEEDED,
                        "Account " + refused.account() + " has " + Rows.text(refused.remaining())
                                + " US dollars left, which is not enough.");
            case BREAKER_BUDGET ->
                Problem.of(
                                Code.IF_ERR_BREAKER_OPEN,
                                "The breaker of account " + refused.account()
                                        + " is open: everything that it may spend today is spent.")
                        .with("reason", "BUDGET");
            case BREAKER_FAILURES ->
                Problem.of(
                                Code.IF_ERR_BREAKER_OPEN,
                                "The breaker of account " + refused.account() + " is open: too many failures in a row.")
                        .with("reason", "FAILURES");
            case UNKNOWN -> unknownAccount(refused.account());
        };
        return problem.with("account", refused.account())
                .with("remaining", refused.why() == Purses.Refusal.UNKNOWN ? null : refused.remaining());
    }

    static Problem refusal(FreeHolds.Ended ended) {
        return switch (ended) {
            case FreeHolds.Ended.Done done -> throw new IllegalArgumentException("not a refusal: " + done);
            case FreeHolds.Ended.Over(Hold hold) ->
                Problem.of(Code.IF_ERR_HOLD_ENDED, "Hold " + hold.id() + " is " + hold.state() + ".")
                        .with("hold", hold.id())
                        .with("state", hold.state())
                        .with("booked", Decimals.plain(hold.booked()));
            case FreeHolds.Ended.OfLease(Hold hold) ->
                Problem.of(
                                Code.IF_ERR_HOLD_OF_LEASE,
                                "Hold " + hold.id() + " belongs to a claim of task " + hold.task() + ".")
                        .with("hold", hold.id())
                        .with("task", hold.task());
        };
    }

    static Problem refusal(CostTransaction.Booking booking) {
        return switch (booking) {
            case CostTransaction.Booking.Booked booked ->
                throw new IllegalArgumentException("not a refusal: " + booked);
            case CostTransaction.Booking.Unknown(String account) -> unknownAccount(account);
            case CostTransaction.Booking.Untimely(Instant from, Instant to) ->
                Problem.badInput("at", "a time from " + from + " to " + to + ", or none");
            case CostTransaction.Booking.Full(String account) ->
                Problem.badInput("amount", "less: the books of account " + account + " can take no more today");
            case CostTransaction.Booking.Differs(String id, BigDecimal amount) ->
                Problem.of(
                                Code.IF_ERR_COST_EXISTS,
                                "Cost " + id + " is on the ledger with "
                                        + Decimals.plain(amount).toPlainString() + " US dollars.")
                        .with("id", id)
                        .with("amount", Decimals.plain(amount));
        };
    }

    static Problem refusal(String account, AccountTree.Changed changed) {
        return switch (changed) {
            case AccountTree.Changed.Stored stored -> throw new IllegalArgumentException("not a refusal: " + stored);
            case AccountTree.Changed.Refused(Tree.Verdict why, String parent) -> refusal(account, why, parent);
            case AccountTree.Changed.Unknown(String unknown) -> unknownAccount(unknown);
        };
    }

    /** Why what a human decided was not done: nobody waits for an answer, so it ends among the dead letters. */
    static Problem refusal(CostRulingTransaction.Carried carried) {
        return switch (carried) {
            case CostRulingTransaction.Carried.Done done ->
                throw new IllegalArgumentException("not a refusal: " + done);
            case CostRulingTransaction.Carried.Unknown(String account) -> unknownAccount(account);
            case CostRulingTransaction.Carried.TooMuch(String account, Reset.TooMuch why) -> refusal(account, why);
        };
    }

    private static Problem refusal(String account, Tree.Verdict why, String parent) {
        return switch (why) {
            case Tree.Verdict.Stands stands -> throw new IllegalArgumentException("not a refusal: " + stands);
            case Tree.Verdict.UnknownParent _ ->
                Problem.of(Code.IF_ERR_UNKNOWN_PARENT, "There is no account " + parent + ".")
                        .with("field", "parent")
                        .with("account", parent);
            case Tree.Verdict.Circle(List<String> path) ->
                Problem.of(
                                Code.IF_ERR_CYCLIC_ACCOUNTS,
                                "Account " + account + " would stand below itself: " + String.join(" -> ", path) + ".")
                        .with("field", "parent")
                        .with("path", path);
            case Tree.Verdict.TooDeep _ ->
                Problem.of(Code.IF_ERR_ACCOUNTS_TOO_DEEP, "Below " + parent + " there is no more room.")
                        .with("field", "parent");
        };
    }

    static Problem refusal(String account, Reset reset) {
        return switch (reset) {
            case Reset.Done done -> throw new IllegalArgumentException("not a refusal: " + done);
            case Reset.NoHeadroom(BigDecimal limit, BigDecimal used) ->
                Problem.of(
                                Code.IF_ERR_NO_HEADROOM,
                                "Account " + account + " may spend "
                                        + Decimals.plain(limit).toPlainString() + " US dollars today; "
                                        + Decimals.plain(used).toPlainString() + " are spent or held.")
                        .with("account", account)
                        .with("limit", Decimals.plain(limit))
                        .with("used", Decimals.plain(used));
            case Reset.TooMuch(BigDecimal most) ->
                Problem.badInput(
                        "allowance", "at most " + Decimals.plain(most).toPlainString() + " US dollars more for today");
        };
    }

    static Problem refusal(CorrectionTransaction.Correction correction) {
        return switch (correction) {
            case CorrectionTransaction.Correction.Booked booked ->
                throw new IllegalArgumentException("not a refusal: " + booked);
            case CorrectionTransaction.Correction.Unknown(String account) -> unknownAccount(account);
            case CorrectionTransaction.Correction.NotYet(LocalDate today) ->
                Problem.badInput("day", "a day up to today, " + today + " (UTC)");
            case CorrectionTransaction.Correction.TooMuch(String account, LocalDate day, BigDecimal spent) ->
                Problem.of(
                                Code.IF_ERR_CORRECTION_TOO_LARGE,
                                "Account " + account + " itself has spent "
                                        + Decimals.plain(spent).toPlainString() + " US dollars on " + day
                                        + ": a correction must leave it at 0 or more, and below the most that the "
                                        + "books can hold.")
                        .with("account", account)
                        .with("day", day)
                        .with("spent", Decimals.plain(spent));
        };
    }

    static Problem unknownAccount(String account) {
        return Problem.of(Code.IF_ERR_UNKNOWN_ACCOUNT, "There is no account " + account + ".")
                .with("account", account);
    }

    static Problem unknownHold(String hold) {
        return Problem.of(Code.IF_ERR_UNKNOWN_HOLD, "There is no hold " + hold + ".")
                .with("hold", hold);
    }
}
