package io.infrafabric.budget;

import io.infrafabric.budget.Account.Step;
import io.infrafabric.input.Decimals;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * What one transaction will book: begun with locked accounts, filled by the rules, written at once. Used by one chain
 * at a time.
 */
final class Journal {
    private final Purses locked;
    private final LocalDate day;
    private final Map<String, Account> accounts = new LinkedHashMap<>();
    private final Map<String, Hold> holds = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Notable> notables = new ArrayList<>();
    private final Map<String, BigDecimal> apart = new HashMap<>();
    private final Map<String, String> reporters = new LinkedHashMap<>();

    Journal(Purses locked) {
        this.locked = locked;
        this.day = locked.day();
    }

    Instant now() {
        return locked.now();
    }

    LocalDate day() {
        return day;
    }

    /** The account as it stands by now; {@code null} if it is not locked. */
    Account account(String id) {
        Account changed = accounts.get(id);
        return changed == null ? locked.account(id) : changed;
    }

    /**
     * Books on the account and on all above with a limit; an unconfirmed report ({@link Apart}), on the account only.
     * Skips an entry that says nothing; one for a past day changes no balance.
     */
    void book(Entry told) {
        if (told.isEmpty()) {
            return;
        }
        Entry entry = told.kind().isReport() && isSpared(told) ? told.apart(told.spent()) : told;
        entries.add(entry);
        if (entry.apart().signum() > 0 && apart(entry.account()).signum() == 0) {
            reporters.put(entry.account(), entry.by());
        }
        if (entry.day() != null && !entry.day().equals(day)) {
            begin(entry.account());
            return;
        }
        apart.put(entry.account(), apart(entry.account()).add(entry.apart()));
        for (String id : account(entry.account()).path()) {
            Account account = account(id);
            boolean itself = id.equals(entry.account());
            if (account != null && (itself || account.dailyLimit() != null)) {
                BigDecimal spent = itself ? entry.spent() : entry.spent().subtract(entry.apart());
                change(
                        id,
                        it -> entry.kind() == Entry.Kind.CORRECTION || entry.takesBack()
                                ? it.corrected(spent, itself, entry.by())
                                : it.book(spent, entry.held(), itself));
            }
        }
    }

    /**
     * Makes this account, and all above it with a limit, begin the day, so that none shows the sums of an earlier one,
     * which this booking would not enter.
     */
    private void begin(String id) {
        for (String one : account(id).path()) {
            Account account = account(one);
            if (account != null && account.today().day().isBefore(day)) {
                change(one, Step::of);
            }
        }
    }

    private boolean isSpared(Entry told) {
        Account own = account(told.account()).on(day).account();
        return locked.bound().spares(own, apart(own.id()), told.spent());
    }

    /** The amount set apart on this account today, by now. */
    BigDecimal apart(String id) {
        return apart.getOrDefault(id, locked.apart(id));
    }

    /** The questions to humans: about accounts on which nothing was set apart before. */
    List<Apart.Asked> questions() {
        List<Apart.Asked> asked = new ArrayList<>();
        reporters.forEach((account, by) -> {
            if (apart(account).signum() > 0) {
                asked.add(new Apart.Asked(account, day, apart(account).min(Money.MOST_TOLD), by));
            }
        });
        return asked;
    }

    /** Changes a locked account, on this day. */
    void change(String id, Function<Account, Step> rule) {
        Step step = account(id).on(day).then(rule);
        accounts.put(id, step.account());
        notables.addAll(step.notables());
    }

    /**
     * Ends a hold, or adds to it: books the difference and notes the hold for writing.
     *
     * @param success whether the work went well, which decides if the hold was a probe; {@code null} if not known
     */
    void end(
            Entry.Kind kind,
            Hold before,
            Hold after,
            BigDecimal told,
            String by,
            Boolean success,
            Duration probeAfter) {
        book(Entry.between(kind, before, after, told, Entry.Details.NONE, by));
        keep(after);
        if (before.id().equals(account(before.account()).failing().probeHold())) {
            change(before.account(), it -> it.ended(before.id(), success, probeAfter, now()));
        }
    }

    /**
     * Takes back what was booked for a claim only because nobody had told its cost, on the day on which it was booked, and first what
     * of it had not counted above.
     *
     * @return the hold without its estimate; as it is, if it has none
     */
    Hold withoutEstimate(Hold before, String by) {
        Hold after = before.known();
        BigDecimal back = before.booked().subtract(after.booked());
        if (back.signum() > 0) {
            LocalDate then = LocalDate.ofInstant(before.endedAt(), ZoneOffset.UTC);
            BigDecimal alone = then.equals(day) ? back.min(apart(before.account())) : BigDecimal.ZERO;
            book(new Entry(
                    Entry.Kind.SETTLE,
                    before.account(),
                    back.negate(),
                    BigDecimal.ZERO,
                    after,
                    after.booked(),
                    Entry.Details.what("the estimate is taken back: the costs are known"),
                    by,
                    alone.negate(),
                    then));
        }
        return after;
    }

    /** Notes the hold for writing as it is now. */
    void keep(Hold hold) {
        holds.put(hold.id(), hold);
    }

    /** The hold as it stands by now. */
    Hold current(Hold read) {
        return holds.getOrDefault(read.id(), read);
    }

    /** The least that is left on the way up by now; {@code null} if there is no limit. */
    BigDecimal remaining(String id) {
        return account(id).path().stream()
                .map(this::account)
                .filter(Objects::nonNull)
                .map(account -> account.on(day).account().remaining())
                .filter(Objects::nonNull)
                .min(BigDecimal::compareTo)
                .map(Decimals::plain)
                .orElse(null);
    }

    Collection<Account> accounts() {
        return accounts.values();
    }

    Collection<Hold> holds() {
        return holds.values();
    }

    List<Entry> entries() {
        return entries;
    }

    List<Notable> notables() {
        return notables;
    }
}
