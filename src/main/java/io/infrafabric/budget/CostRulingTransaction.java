package io.infrafabric.budget;

import io.infrafabric.budget.Account.Reset;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.BudgetEvent.BreakerReason;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Trace;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What humans decided about cases that the budget asked about, carried out. */
@ApplicationScoped
class CostRulingTransaction {
    private static final String SUBJECT = "account:";
    private static final String RAISE_LIMIT = "RAISE_LIMIT";
    private static final String RESET = "RESET";
    private static final String KEEP_STOPPED = "KEEP_STOPPED";

    private final AccountTable accounts;
    private final AccountTree tree;
    private final CorrectionTransaction corrections;

    CostRulingTransaction(AccountTable accounts, AccountTree tree, CorrectionTransaction corrections) {
        this.accounts = accounts;
        this.tree = tree;
        this.corrections = corrections;
    }

    /** The account that a case is about. */
    static String account(CaseResolved resolved) {
        String subject = resolved.subject();
        return subject.startsWith(SUBJECT) ? subject.substring(SUBJECT.length()) : subject;
    }

    /** What a transaction that carries these out locks before any account. */
    Lock<Locks.Tree, ?> prepare(Work work, Collection<CaseResolved> decided) {
        return tree.toLimit(
                work,
                decided.stream()
                        .filter(resolved -> resolved.option().equals(RAISE_LIMIT))
                        .map(CostRulingTransaction::account)
                        .toList());
    }

    /**
     * Does it: {@code RAISE_LIMIT} (parameter {@code dailyLimit}, US dollars), {@code RESET} (parameter {@code allowance},
     * US dollars for today, may be absent), {@code KEEP_STOPPED}, or what a human said of a report above the bound ({@link
     * Apart}). Where the money is still not enough, a human is asked
     * again, once for each answer: the breaker must not stay open because nobody knows. An answer without sense fails, and
     * ends among the dead letters.
     */
    Uni<Void> carryOut(Work work, CaseResolved resolved, Trace trace) {
        String account = account(resolved);
        return switch (resolved.option()) {
            case RAISE_LIMIT ->
                tree.limit(
                                work,
                                account,
                                Check.given("dailyLimit", money(resolved.parameters(), "dailyLimit")),
                                resolved.by())
                        .chain(() -> accounts.lock(work, List.of(account)).take())
                        .chain(locked -> {
                            Account now = locked.today(locked.account(account));
                            return now.breaker(locked.now()).reason() == BreakerReason.BUDGET
                                    ? askAgain(
                                            work,
                                            trace,
                                            resolved,
                                            now.limit(),
                                            now.total().sum())
                                    : Uni.createFrom().voidItem();
                        });
            case RESET ->
                accounts.reset(
                                work,
                                account,
                                resolved.note() == null ? "case " + resolved.caseId() : resolved.note(),
                                Money.orZero(money(resolved.parameters(), "allowance")),
                                resolved.by())
                        .chain(reset -> switch (reset) {
                            case Reset.Done _ -> Uni.createFrom().voidItem();
                            case Reset.NoHeadroom(BigDecimal limit, BigDecimal used) ->
                                askAgain(work, trace, resolved, limit, used);
                            case Reset.TooMuch tooMuch -> throw BudgetAnswers.refusal(account, tooMuch);
                            case null -> throw BudgetAnswers.unknownAccount(account);
                        });
            case Apart.COUNT, Apart.CORRECT -> believe(work, resolved, trace);
            case KEEP_STOPPED -> Uni.createFrom().voidItem();
            default -> throw Problem.badInput("option", "RAISE_LIMIT, RESET, KEEP_STOPPED, COUNT or CORRECT");
        };
    }

    /** Acts on what was asked about, and asks about what has been reported since. */
    private Uni<Void> believe(Work work, CaseResolved resolved, Trace trace) {
        Apart.Asked asked = Apart.Asked.of(resolved);
        BigDecimal real =
                resolved.option().equals(Apart.COUNT) ? null : Money.orZero(money(resolved.parameters(), "amount"));
        String why = resolved.note() == null ? "case " + resolved.caseId() : resolved.note();
        return corrections
                .decided(work, asked, real, why, resolved.by())
                .chain(rest -> rest.signum() == 0
                        ? Uni.createFrom().voidItem()
                        : Rows.now(work.connection())
                                .invoke(now ->
                                        work.emit(asked.of(rest).question("after " + resolved.caseId(), now), trace))
                                .replaceWithVoid());
    }

    private static Uni<Void> askAgain(
            Work work, Trace trace, CaseResolved resolved, BigDecimal limit, BigDecimal used) {
        return Rows.now(work.connection())
                .invoke(now -> work.emit(again(resolved, limit, used, now), trace))
                .replaceWithVoid();
    }

    private static CaseRequested again(CaseResolved resolved, BigDecimal limit, BigDecimal used, Instant now) {
        String account = account(resolved);
        return new CaseRequested(
                resolved.function(),
                resolved.subject(),
                resolved.swarm(),
                resolved.reason(),
                account.startsWith("session:") ? Severity.HIGH : Severity.CRITICAL,
                resolved.option() + " was not enough: account " + account + " may spend $"
                        + Money.plain(limit).toPlainString() + " today, and $"
                        + Money.plain(used).toPlainString()
                        + " are spent or held, so its breaker stays open. How to go on?",
                List.of(RAISE_LIMIT, RESET, KEEP_STOPPED),
                List.of(resolved.subject(), "case:" + resolved.caseId()),
                "after " + resolved.caseId(),
                now);
    }

    private static BigDecimal money(Map<String, String> parameters, String name) {
        String text = parameters == null ? null : parameters.get(name);
        try {
            return text == null ? null : Check.money(name, new BigDecimal(text));
        } catch (NumberFormatException notANumber) {
            throw Problem.badInput(name, "US dollars");
        }
    }
}
