package io.infrafabric.budget;

import io.infrafabric.budget.Account.Reset;
import io.infrafabric.budget.CorrectionTransaction.Believed;
import io.infrafabric.budget.CostRuling.Decided;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BudgetEvent.BreakerReason;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Trace;
import io.infrafabric.input.Decimals;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/** Carries out what humans decided about the budget's cases. */
@ApplicationScoped
class CostRulingTransaction {
    /** The result. */
    sealed interface Carried {
        /** The ruling is carried out. If the money is still not enough, a human is asked again. */
        record Done() implements Carried {}

        /** The account does not exist. */
        record Unknown(String account) implements Carried {}

        /** More for today than the books of the account can hold. */
        record TooMuch(String account, Reset.TooMuch why) implements Carried {}
    }

    private final AccountTable accounts;
    private final AccountTree tree;
    private final CorrectionTransaction corrections;

    CostRulingTransaction(AccountTable accounts, AccountTree tree, CorrectionTransaction corrections) {
        this.accounts = accounts;
        this.tree = tree;
        this.corrections = corrections;
    }

    /** The lock that a transaction takes before any account in order to carry these out. */
    Lock<Locks.Tree, ?> prepare(Work work, Collection<CostRuling> rulings) {
        return tree.toLimit(
                work,
                rulings.stream()
                        .filter(ruling -> ruling.decided() instanceof Decided.RaiseLimit)
                        .map(CostRuling::account)
                        .toList());
    }

    /**
     * Carries out a ruling. If the money is still not enough, it asks a human again, once for each answer: the breaker
     * must not stay open because nobody knows.
     */
    Uni<Carried> carryOut(Work work, CostRuling ruling, Trace trace) {
        return switch (ruling.decided()) {
            case Decided.RaiseLimit(BigDecimal limit) -> raise(work, ruling, limit, trace);
            case Decided.CloseBreaker(BigDecimal allowance) -> close(work, ruling, allowance, trace);
            case Decided.Believe(Apart.Asked asked, BigDecimal real) -> believe(work, ruling, asked, real, trace);
            case Decided.KeepStopped _ -> done();
        };
    }

    private static Uni<Carried> done() {
        return Uni.createFrom().item(new Carried.Done());
    }

    private Uni<Carried> raise(Work work, CostRuling ruling, BigDecimal limit, Trace trace) {
        String account = ruling.account();
        return tree.limit(work, account, limit, ruling.resolved().by())
                .chain(changed -> changed instanceof AccountTree.Changed.Unknown
                        ? Uni.createFrom().item(new Carried.Unknown(account))
                        : accounts.lock(work, List.of(account)).take().chain(locked -> {
                            Account now = locked.today(locked.account(account));
                            return now.breaker(locked.now()).reason() == BreakerReason.BUDGET
                                    ? ask(
                                            work,
                                            trace,
                                            at -> again(
                                                    ruling.resolved(),
                                                    now.limit(),
                                                    now.total().sum(),
                                                    at))
                                    : done();
                        }));
    }

    private Uni<Carried> close(Work work, CostRuling ruling, BigDecimal allowance, Trace trace) {
        String account = ruling.account();
        return accounts.reset(
                        work,
                        account,
                        ruling.why(),
                        allowance,
                        ruling.resolved().by())
                .chain(reset -> switch (reset) {
                    case Reset.Done _ -> done();
                    case Reset.NoHeadroom(BigDecimal limit, BigDecimal used) ->
                        ask(work, trace, now -> again(ruling.resolved(), limit, used, now));
                    case Reset.TooMuch tooMuch -> Uni.createFrom().item(new Carried.TooMuch(account, tooMuch));
                    case null -> Uni.createFrom().item(new Carried.Unknown(account));
                });
    }

    /** Acts on the amount in question, and asks about amounts reported since. */
    private Uni<Carried> believe(Work work, CostRuling ruling, Apart.Asked asked, BigDecimal real, Trace trace) {
        CaseResolved resolved = ruling.resolved();
        return corrections
                .believe(work, asked, real, ruling.why(), resolved.by())
                .chain(believed -> switch (believed) {
                    case Believed.Unknown(String account) -> Uni.createFrom().item(new Carried.Unknown(account));
                    case Believed.Booked(BigDecimal rest) when rest.signum() == 0 -> done();
                    case Believed.Booked(BigDecimal rest) ->
                        ask(work, trace, now -> asked.of(rest).question("after " + resolved.caseId(), now));
                });
    }

    private static Uni<Carried> ask(Work work, Trace trace, Function<Instant, CaseRequested> question) {
        return Rows.now(work.connection())
                .invoke(now -> work.emit(question.apply(now), trace))
                .replaceWith(new Carried.Done());
    }

    private static CaseRequested again(CaseResolved resolved, BigDecimal limit, BigDecimal used, Instant now) {
        String account = CostRuling.account(resolved);
        return new CaseRequested(
                resolved.function(),
                resolved.subject(),
                resolved.swarm(),
                resolved.reason(),
                account.startsWith("session:") ? Severity.HIGH : Severity.CRITICAL,
                resolved.option() + " was not enough: account " + account + " may spend $"
                        + Decimals.plain(limit).toPlainString() + " today, and $"
                        + Decimals.plain(used).toPlainString()
                        + " are spent or held, so its breaker stays open. What should happen?",
                List.of(CostRuling.RAISE_LIMIT, CostRuling.RESET, CostRuling.KEEP_STOPPED),
                List.of(resolved.subject(), "case:" + resolved.caseId()),
                "after " + resolved.caseId(),
                now);
    }
}
