package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.DAY;
import static io.infrafabric.budget.Examples.NOON;
import static io.infrafabric.budget.Examples.account;
import static io.infrafabric.budget.Examples.usd;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Purses.Refusal;
import io.infrafabric.budget.Purses.Verdict;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class PursesTest {
    private static final Account SWARM = account("10", "org", "swarm:s");
    private static final Account ANN = account("8", "org", "swarm:s", "session:ann");
    private static final Account BOB = account("8", "org", "swarm:s", "session:bob");

    @Test
    void siblings_share_what_their_parent_has() {
        Purses purses = Purses.of(List.of(SWARM, ANN, BOB), NOON);
        Purses after = fits(purses.afford("ann", usd("8")));
        assertThat(after.afford("bob", usd("2.000001"))).isInstanceOfSatisfying(Verdict.Refused.class, refused -> {
            assertThat(refused.account()).isEqualTo("swarm:s");
            assertThat(refused.remaining()).isEqualByComparingTo("2");
            assertThat(refused.why()).isEqualTo(Refusal.EXCEEDED);
        });
        Purses full = fits(after.afford("bob", usd("2")));
        assertThat(full.remaining("session:bob")).isEqualByComparingTo("0");
        assertThat(purses.remaining("session:bob")).as("the first is as it was").isEqualByComparingTo("8");
    }

    @Test
    void its_own_limit_counts_too() {
        assertThat(Purses.of(List.of(SWARM, ANN), NOON).afford("ann", usd("9")))
                .isEqualTo(new Verdict.Refused("session:ann", usd("8"), Refusal.EXCEEDED));
    }

    @Test
    void an_open_breaker_at_any_level_stops_it() {
        Account tripped = SWARM.book(usd("10"), BigDecimal.ZERO, false).account();
        Purses purses = Purses.of(List.of(tripped, ANN), NOON);
        assertThat(purses.stopped("ann")).isTrue();
        assertThat(purses.afford("ann", BigDecimal.ZERO)).isInstanceOfSatisfying(Verdict.Refused.class, refused -> {
            assertThat(refused.account()).isEqualTo("swarm:s");
            assertThat(refused.why()).isEqualTo(Refusal.BREAKER_BUDGET);
        });
        assertThat(Purses.of(List.of(SWARM, ANN), NOON).stopped("ann")).isFalse();
    }

    @Test
    void the_day_of_the_account_that_is_furthest_counts_for_all() {
        Account tomorrow = SWARM.on(DAY.plusDays(1)).account();
        Account spent = ANN.book(usd("8"), BigDecimal.ZERO, true).account();
        assertThat(Purses.of(List.of(tomorrow, spent), NOON).afford("ann", usd("8")))
                .isInstanceOf(Verdict.Fits.class);
        assertThat(Purses.of(List.of(SWARM, spent), NOON).stopped("ann")).isTrue();
    }

    @Test
    void a_probe_is_granted_once() {
        Account failing = new Account(
                ANN.id(),
                ANN.path(),
                ANN.dailyLimit(),
                ANN.warnAt(),
                ANN.today(),
                ANN.own(),
                ANN.total(),
                new Account.Failing(NOON, null, Streak.NONE),
                null,
                1);
        Purses after = fits(Purses.of(List.of(failing), NOON).afford("ann", usd("1")));
        assertThat(after.stopped("ann")).isTrue();
        assertThat(after.afford("ann", usd("1")))
                .isInstanceOfSatisfying(
                        Verdict.Refused.class,
                        refused -> assertThat(refused.why()).isEqualTo(Refusal.BREAKER_FAILURES));
    }

    @Test
    void an_unknown_account_can_hold_nothing() {
        assertThat(Purses.of(List.of(ANN), NOON).afford("bob", usd("1")))
                .isInstanceOfSatisfying(
                        Verdict.Refused.class,
                        refused -> assertThat(refused.why()).isEqualTo(Refusal.UNKNOWN));
    }

    private static Purses fits(Verdict verdict) {
        return ((Verdict.Fits) verdict).after();
    }
}
