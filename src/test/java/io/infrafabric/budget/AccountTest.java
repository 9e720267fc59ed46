package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.DAY;
import static io.infrafabric.budget.Examples.NOON;
import static io.infrafabric.budget.Examples.account;
import static io.infrafabric.budget.Examples.usd;
import static io.infrafabric.budget.Examples.used;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Account.Reset;
import io.infrafabric.budget.Account.Step;
import io.infrafabric.budget.Breaker.State;
import io.infrafabric.budget.Streak.Failure;
import io.infrafabric.event.BudgetEvent.BreakerReason;
import io.infrafabric.event.BudgetEvent.ClosedBecause;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AccountTest {
    private static final Duration WAIT = Duration.ofMinutes(5);

    // Money

    @Test
    void an_amount_fits_up_to_the_last_micro_dollar() {
        Account account = used("50", "30", "10", "session:ann");
        assertThat(account.fits(usd("10"))).isTrue();
        assertThat(account.fits(usd("10.000001"))).isFalse();
        assertThat(account.remaining()).isEqualByComparingTo("10");
        assertThat(used(null, "30", "10", "session:ann").fits(usd("1000000"))).isTrue();
    }

    @Test
    void what_is_left_is_never_less_than_nothing() {
        assertThat(used("50", "60", "0", "session:ann").remaining()).isEqualByComparingTo("0");
        assertThat(used(null, "60", "0", "session:ann").remaining()).isNull();
    }

    @Test
    void at_80_percent_it_warns_once_a_day() {
        Step first = account("50", "session:ann").book(usd("40"), BigDecimal.ZERO, true);
        assertThat(first.notables()).singleElement().isInstanceOf(Notable.Warned.class);
        Step more = first.account().book(usd("1"), BigDecimal.ZERO, true);
        assertThat(more.notables()).isEmpty();
        Step tomorrow = more.account().on(DAY.plusDays(1)).then(it -> it.book(usd("45"), BigDecimal.ZERO, true));
        assertThat(tomorrow.notables()).singleElement().isInstanceOf(Notable.Warned.class);
    }

    @Test
    void below_80_percent_and_for_holds_alone_it_does_not_warn() {
        assertThat(account("50", "session:ann")
                        .book(usd("39.999999"), usd("10"), true)
                        .notables())
                .isEmpty();
        assertThat(account(null, "session:ann")
                        .book(usd("1000"), BigDecimal.ZERO, true)
                        .notables())
                .isEmpty();
    }

    @Test
    void at_the_limit_the_breaker_opens_once() {
        Step spent = account("50", "session:ann").book(usd("50"), BigDecimal.ZERO, true);
        assertThat(spent.notables()).hasSize(2).last().isInstanceOf(Notable.Opened.class);
        assertThat(spent.account().breaker(NOON).state()).isEqualTo(State.OPEN);
        assertThat(spent.account().stopped(NOON)).isEqualTo(BreakerReason.BUDGET);
        assertThat(spent.account().version()).isEqualTo(2);
        assertThat(spent.account().book(usd("5"), BigDecimal.ZERO, true).notables())
                .isEmpty();
    }

    @Test
    void what_is_below_counts_but_is_not_its_own() {
        Account above = account("50", "swarm:s").book(usd("7"), usd("2"), false).account();
        assertThat(above.total().spent()).isEqualByComparingTo("7");
        assertThat(above.own().spent()).isZero();
        assertThat(above.own().held()).isZero();
    }

    @Test
    void without_a_limit_its_sums_are_its_own_figures_whatever_they_were() {
        Account spoiled = used("1000000", "7", "3", "org", "swarm:s");
        Account free = spoiled.limited(null, usd("0.8"), spoiled.total(), "op").account();
        assertThat(free.total()).isEqualTo(free.own());
        Account held = free.book(BigDecimal.ZERO, usd("2"), true).account();
        Account back = held.book(usd("1"), usd("-2"), true).account();
        assertThat(back.total()).isEqualTo(back.own());
        assertThat(back.own().held()).isEqualByComparingTo("3");
        assertThat(back.book(usd("5"), BigDecimal.ZERO, false).account().total())
                .isEqualTo(back.own());
    }

    @Test
    void a_correction_closes_the_breaker_and_only_one_that_takes_back() {
        Account open = used("50", "0", "45", "session:ann")
                .book(usd("60"), BigDecimal.ZERO, true)
                .account();
        Step corrected = open.corrected(usd("-20"), true, "op");
        assertThat(corrected.account().stopped(NOON)).isNull();
        assertThat(corrected.notables())
                .singleElement()
                .isInstanceOfSatisfying(
                        Notable.Closed.class, closed -> assertThat(closed.by()).isEqualTo("op"));
        assertThat(open.corrected(usd("-10"), true, "op").account().stopped(NOON))
                .isEqualTo(BreakerReason.BUDGET);
        assertThat(open.corrected(usd("5"), true, "op").notables()).isEmpty();
    }

    @Test
    void allowances_of_a_day_have_a_bound() {
        Account account = account("50", "session:ann");
        Reset most = account.reset(Money.MOST_TOLD, "op", NOON);
        Account allowed = ((Reset.Done) most).step().account();
        assertThat(allowed.reset(usd("0.000001"), "op", NOON)).isInstanceOf(Reset.TooMuch.class);
        assertThat(allowed.reset(BigDecimal.ZERO, "op", NOON)).isInstanceOf(Reset.Done.class);
    }

    // Days

    @Test
    void a_new_day_begins_with_nothing_spent_and_with_what_is_held() {
        Account tripped = used("50", "0", "5", "session:ann")
                .book(usd("50"), BigDecimal.ZERO, true)
                .account();
        Step next = tripped.on(DAY.plusDays(1));
        assertThat(next.account().total().spent()).isZero();
        assertThat(next.account().total().held()).isEqualByComparingTo("5");
        assertThat(next.account().breaker(NOON).state()).isEqualTo(State.CLOSED);
        assertThat(next.notables())
                .singleElement()
                .isInstanceOfSatisfying(
                        Notable.Closed.class, closed -> assertThat(closed.why()).isEqualTo(ClosedBecause.NEW_DAY));
    }

    @Test
    void a_day_that_is_past_changes_nothing() {
        Account account = used("50", "10", "5", "session:ann");
        assertThat(account.on(DAY.minusDays(1))).isEqualTo(Step.of(account));
        assertThat(account.on(DAY)).isEqualTo(Step.of(account));
    }

    // Limits

    @Test
    void a_limit_below_what_is_spent_opens_the_breaker() {
        Account account = used("50", "30", "0", "session:ann");
        Step lowered = account.limited(usd("20"), usd("0.8"), account.total(), "op");
        assertThat(lowered.account().breaker(NOON).reason()).isEqualTo(BreakerReason.BUDGET);
    }

    @Test
    void a_limit_above_what_is_spent_and_held_closes_it_and_a_lower_one_does_not() {
        Account open = used("50", "0", "5", "session:ann")
                .book(usd("50"), BigDecimal.ZERO, true)
                .account();
        Step notEnough = open.limited(usd("55"), usd("0.8"), open.total(), "op");
        assertThat(notEnough.account().stopped(NOON)).isEqualTo(BreakerReason.BUDGET);
        Step enough = open.limited(usd("55.000001"), usd("0.8"), open.total(), "op");
        assertThat(enough.account().stopped(NOON)).isNull();
        assertThat(enough.notables()).singleElement().isInstanceOfSatisfying(Notable.Closed.class, closed -> {
            assertThat(closed.why()).isEqualTo(ClosedBecause.LIMIT_RAISED);
            assertThat(closed.by()).isEqualTo("op");
        });
        assertThat(open.limited(null, usd("0.8"), open.total(), "op").account().stopped(NOON))
                .isNull();
    }

    // Reset

    @Test
    void a_reset_needs_headroom_or_an_allowance() {
        Account open = used("50", "0", "5", "session:ann")
                .book(usd("50"), BigDecimal.ZERO, true)
                .account();
        assertThat(open.reset(BigDecimal.ZERO, "op", NOON)).isInstanceOf(Reset.NoHeadroom.class);
        assertThat(open.reset(usd("5"), "op", NOON)).isInstanceOf(Reset.NoHeadroom.class);
        Step reset = ((Reset.Done) open.reset(usd("15"), "op", NOON)).step();
        assertThat(reset.account().stopped(NOON)).isNull();
        assertThat(reset.account().remaining()).isEqualByComparingTo("10");
        assertThat(reset.notables()).singleElement().isInstanceOf(Notable.Closed.class);
        assertThat(reset.account().on(DAY.plusDays(1)).account().limit())
                .as("the allowance was for today")
                .isEqualByComparingTo("50");
    }

    @Test
    void a_reset_of_a_closed_breaker_tells_nothing() {
        assertThat(((Reset.Done) account("50", "session:ann").reset(BigDecimal.ZERO, "op", NOON))
                        .step()
                        .notables())
                .isEmpty();
    }

    // Failures

    @Test
    void three_failures_in_a_row_open_it_and_one_hold_may_probe_after_the_wait() {
        Account failing = failing();
        assertThat(failing.stopped(NOON)).isEqualTo(BreakerReason.FAILURES);
        assertThat(failing.stopped(NOON.plusSeconds(299))).isEqualTo(BreakerReason.FAILURES);
        assertThat(failing.stopped(NOON.plusSeconds(300))).isNull();
        assertThat(failing.breaker(NOON.plusSeconds(300)).state()).isEqualTo(State.PROBE);
        Account probed = failing.probed("h", NOON.plusSeconds(300));
        assertThat(probed.stopped(NOON.plusSeconds(300))).isEqualTo(BreakerReason.FAILURES);
    }

    @Test
    void what_becomes_of_the_probe_decides() {
        Account probed = failing().probed("h", NOON.plusSeconds(300));
        assertThat(probed.ended("other", true, WAIT, NOON)).isEqualTo(Step.of(probed));
        Step well = probed.ended("h", true, WAIT, NOON.plusSeconds(400));
        assertThat(well.account().breaker(NOON.plusSeconds(400)).state()).isEqualTo(State.CLOSED);
        Step badly = probed.ended("h", false, WAIT, NOON.plusSeconds(400));
        assertThat(badly.account().stopped(NOON.plusSeconds(699))).isEqualTo(BreakerReason.FAILURES);
        assertThat(badly.account().stopped(NOON.plusSeconds(700))).isNull();
        assertThat(badly.notables()).singleElement().isInstanceOf(Notable.Opened.class);
        Step unknown = probed.ended("h", null, WAIT, NOON.plusSeconds(400));
        assertThat(unknown.account().stopped(NOON.plusSeconds(400)))
                .as("another may try")
                .isNull();
    }

    @Test
    void a_success_closes_it_unless_all_failures_are_later() {
        Step recovered = failing().succeeded(NOON.minusMillis(1500));
        assertThat(recovered.account().stopped(NOON)).isNull();
        assertThat(recovered.account().failing().streak().newest()).hasSize(1);
        assertThat(recovered.notables()).singleElement().isInstanceOf(Notable.Closed.class);
        Step before = failing().succeeded(NOON.minusSeconds(4));
        assertThat(before.account().stopped(NOON)).isEqualTo(BreakerReason.FAILURES);
        assertThat(before.notables()).isEmpty();
    }

    @Test
    void failures_that_are_told_after_a_later_success_do_not_open_it() {
        Account account = account("50", "session:ann");
        for (int i = 3; i > 0; i--) {
            account = account.expectingFailure(NOON.minusSeconds(i)).account();
        }
        account = account.succeeded(NOON).account();
        for (int i = 3; i > 0; i--) {
            account = failed(account, i);
        }
        assertThat(account.stopped(NOON)).isNull();
    }

    @Test
    void when_the_wait_is_over_others_are_told() {
        assertThat(failing().probing(NOON).notables()).isEmpty();
        assertThat(failing().probing(NOON.plusSeconds(300)).notables())
                .singleElement()
                .isInstanceOf(Notable.Probing.class);
    }

    private static Account failing() {
        Account account = account("50", "session:ann");
        for (int i = 3; i > 0; i--) {
            account = failed(account, i);
        }
        return account;
    }

    private static Account failed(Account account, int secondsAgo) {
        return account.failed(new Failure(NOON.minusSeconds(secondsAgo), UUID.randomUUID()), 3, WAIT, NOON)
                .account();
    }
}
