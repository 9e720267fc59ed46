package io.infrafabric.budget;

import io.infrafabric.budget.Account.Step;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * What one transaction is going to book: begun with accounts under lock, filled by the rules, written at once. Used by one
 * chain at a time.
 */
final class Journal {
    private final Purses locked;
    private final LocalDate day;
    private final Map<String, Account> accounts = new LinkedHashMap<>();
    private final Map<String, Hold> holds = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Notable> notables = new ArrayList<>();

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

    /** The account as it stands by now, {@code null} if it is not under lock. */
    Account account(String id) {
        Account changed = accounts.get(id);
        return changed == null ? locked.account(id) : changed;
    }

    /** Books on the account and on all above that have a limit. An entry that says nothing is left out. */
    void book(Entry entry) {
        if (entry.isEmpty()) {
            return;
        }
        entries.add(entry);
        for (String id : account(entry.account()).path()) {
            Account account = account(id);
            boolean itself = id.equals(entry.account());
            if (account != null && (itself || account.dailyLimit() != null)) {
                change(id, it -> it.book(entry.spent(), entry.held(), itself));
            }
        }
    }

    /** Changes an account that is under lock, on this day. */
    void change(String id, Function<Account, Step> rule) {
        Step step = account(id).on(day).then(rule);
        accounts.put(id, step.account());
        notables.addAll(step.notables());
    }

    /**
     * Ends a hold, or tells more of it: books the difference and has it written.
     *
     * @param success whether the work went well, which decides if the hold was a probe; {@code null} if that is not known
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

    /** Has the hold written as it is now. */
    void keep(Hold hold) {
        holds.put(hold.id(), hold);
    }

    /** The hold as it stands by now. */
    Hold current(Hold read) {
        return holds.getOrDefault(read.id(), read);
    }

    /** The least that is left on the way up by now, {@code null} if there is no limit. */
    BigDecimal remaining(String id) {
        return account(id).path().stream()
                .map(this::account)
                .filter(Objects::nonNull)
                .map(account -> account.on(day).account().remaining())
                .filter(Objects::nonNull)
                .min(BigDecimal::compareTo)
                .map(Money::plain)
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
