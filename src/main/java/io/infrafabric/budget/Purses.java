package io.infrafabric.budget;

import io.infrafabric.event.BudgetEvent.BreakerReason;
import io.infrafabric.input.Decimals;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What sessions can pay: their locked accounts and every account above with a limit. Immutable and plain, so that the
 * holds of a whole batch are decided one after the other without asking the database. Use it only in the transaction
 * that locked it.
 */
public final class Purses {
    private static final String SESSION = "session:";

    private final Map<String, Account> accounts;
    private final LocalDate day;
    private final Instant now;
    private final Apart.Bound bound;
    private final Map<String, BigDecimal> apart;

    private Purses(
            Map<String, Account> accounts,
            LocalDate day,
            Instant now,
            Apart.Bound bound,
            Map<String, BigDecimal> apart) {
        this.accounts = accounts;
        this.day = day;
        this.now = now;
        this.bound = bound;
        this.apart = apart;
    }

    /** Whether an amount can be held. */
    public sealed interface Verdict {
        /** It fits at every level; {@code after} is the state with the hold. */
        record Fits(Purses after) implements Verdict {}

        /**
         * It does not fit.
         *
         * @param account the account that refused: the one nearest to the root
         * @param remaining what that account has left, {@code null} if it has no limit
         */
        record Refused(String account, BigDecimal remaining, Refusal why) implements Verdict {
            /** The same as a problem. */
            public Problem problem() {
                return BudgetAnswers.refusal(this);
            }
        }
    }

    /** Why an amount cannot be held. */
    @Schema(name = "MoneyRefusal")
    public enum Refusal {
        /** It is more than what is left. */
        EXCEEDED,
        /** The breaker is open: everything is spent. */
        BREAKER_BUDGET,
        /** The breaker is open: too many failures. */
        BREAKER_FAILURES,
        /** The account does not exist. */
        UNKNOWN
    }

    /**
     * These accounts, at this time of the database. A transaction that began before midnight may find an account that
     * has begun the new day; then the new day counts for all of them.
     */
    static Purses of(Collection<Account> locked, Instant now) {
        LocalDate day = locked.stream()
                .map(account -> account.today().day())
                .reduce(LocalDate.ofInstant(now, ZoneOffset.UTC), (a, b) -> a.isAfter(b) ? a : b);
        Map<String, Account> accounts = HashMap.newHashMap(locked.size());
        locked.forEach(account -> accounts.put(account.id(), account));
        return new Purses(accounts, day, now, Apart.Bound.NONE, Map.of());
    }

    /**
     * The same for booking reports: with the bound up to which they are believed, and the amounts set apart by account
     * on the day.
     */
    Purses reporting(Apart.Bound believed, Map<String, BigDecimal> setApart) {
        return new Purses(accounts, day, now, believed, setApart);
    }

    /** The account of a session. */
    public static String accountOf(String session) {
        return SESSION + session;
    }

    /** The accounts of sessions, each once. */
    static List<String> accountsOf(Collection<String> sessions) {
        return sessions.stream().map(Purses::accountOf).distinct().toList();
    }

    /** The account of a swarm. */
    static String accountOfSwarm(String swarm) {
        return "swarm:" + swarm;
    }

    /** The session that owns the account; {@code null} if no session does. */
    public static String sessionOf(String account) {
        return account.startsWith(SESSION) ? account.substring(SESSION.length()) : null;
    }

    /** Whether the session can hold this amount. */
    public Verdict afford(String session, BigDecimal amount) {
        return hold(accountOf(session), amount);
    }

    /** Whether a breaker at any level stops the session from holding anything. */
    public boolean stopped(String session) {
        Account own = accounts.get(accountOf(session));
        return own != null && chain(own).stream().anyMatch(account -> account.stopped(now) != null);
    }

    /** Whether the next hold of the session is, or might be, its probe. */
    boolean probing(String session) {
        Account own = accounts.get(accountOf(session));
        return own == null || own.failing().probeAt() != null;
    }

    /** The most that the session can hold; {@code null} if it has no limit, and nothing if it has no account. */
    public BigDecimal left(String session) {
        String id = accountOf(session);
        return accounts.containsKey(id) ? remaining(id) : BigDecimal.ZERO;
    }

    Verdict hold(String id, BigDecimal amount) {
        Account own = accounts.get(id);
        if (own == null) {
            return new Verdict.Refused(id, BigDecimal.ZERO, Refusal.UNKNOWN);
        }
        List<Account> chain = chain(own);
        for (Account account : chain) {
            BreakerReason stopped = account.stopped(now);
            if (stopped != null) {
                return new Verdict.Refused(
                        account.id(),
                        Decimals.plain(account.remaining()),
                        stopped == BreakerReason.BUDGET ? Refusal.BREAKER_BUDGET : Refusal.BREAKER_FAILURES);
            }
            if (!account.fits(amount)) {
                return new Verdict.Refused(account.id(), Decimals.plain(account.room()), Refusal.EXCEEDED);
            }
        }
        if (amount.signum() == 0 && today(own).breaker(now).equals(Breaker.CLOSED)) {
            return new Verdict.Fits(this);
        }
        Map<String, Account> after = new HashMap<>(accounts);
        for (Account account : chain) {
            boolean itself = account.id().equals(id);
            Account held = account.book(BigDecimal.ZERO, amount, itself).account();
            // The id of the hold is not known yet; its existence is enough to refuse the next.
            after.put(account.id(), itself ? held.probed(id, now) : held);
        }
        return new Verdict.Fits(new Purses(after, day, now, bound, apart));
    }

    /** The least that is left on the way up; {@code null} if there is no limit. */
    BigDecimal remaining(String id) {
        return chain(accounts.get(id)).stream()
                .map(Account::remaining)
                .filter(Objects::nonNull)
                .min(BigDecimal::compareTo)
                .map(Decimals::plain)
                .orElse(null);
    }

    /**
     * The accounts from root to leaf, as they are on this day; omits those without a limit, except for the account
     * itself.
     */
    private List<Account> chain(Account own) {
        return own.path().stream()
                .map(accounts::get)
                .filter(account -> account != null
                        && (account.dailyLimit() != null || account.id().equals(own.id())))
                .map(this::today)
                .toList();
    }

    /** The account on the current day. */
    Account today(Account account) {
        return account.on(day).account();
    }

    /** The account as it was locked; {@code null} if it is not among them. */
    Account account(String id) {
        return accounts.get(id);
    }

    LocalDate day() {
        return day;
    }

    Apart.Bound bound() {
        return bound;
    }

    /** The amount set apart on this account on the day. */
    BigDecimal apart(String id) {
        return apart.getOrDefault(id, BigDecimal.ZERO);
    }

    Instant now() {
        return now;
    }
}
