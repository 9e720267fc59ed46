package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.DAY;
import static io.infrafabric.budget.Examples.NOON;
import static io.infrafabric.budget.Examples.ofLease;
import static io.infrafabric.budget.Examples.usd;
import static io.infrafabric.budget.Examples.used;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Apart.Asked;
import io.infrafabric.budget.Entry.Details;
import io.infrafabric.budget.Entry.Kind;
import io.infrafabric.event.BudgetEvent.BreakerReason;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One report above the bound stops its own account and nobody else, until a human has spoken. */
class ApartTest {
    private static final Account ORG = used("1000", "0", "15", "org");
    private static final Account ANN = used("50", "0", "15", "org", "session:ann");
    private static final String HUGE = "999999999999";

    private final Journal journal = journal(ANN, Map.of());

    private static Journal journal(Account ann, Map<String, BigDecimal> apart) {
        return new Journal(Purses.of(List.of(ORG, ann), NOON).reporting(new Apart.Bound(usd("100")), apart));
    }

    private static Entry entry(Kind kind, String spent, String apart, LocalDate day) {
        return new Entry(
                kind,
                "session:ann",
                usd(spent),
                BigDecimal.ZERO,
                null,
                usd(spent),
                Details.NONE,
                "ann",
                usd(apart),
                day);
    }

    private static Entry cost(String amount) {
        return entry(Kind.COST, amount, "0", null);
    }

    private void spent(String own, String above) {
        assertThat(journal.account("session:ann").own().spent()).isEqualByComparingTo(own);
        assertThat(journal.account("session:ann").total().spent()).isEqualByComparingTo(own);
        assertThat(journal.account("org").total().spent()).isEqualByComparingTo(above);
    }

    @Test
    void a_report_up_to_the_bound_counts_everywhere() {
        journal.book(cost("100"));
        spent("100", "100");
        assertThat(journal.questions()).isEmpty();
    }

    @Test
    void one_above_it_counts_on_its_own_account_and_a_human_is_asked() {
        journal.book(cost("100.000001"));
        spent("100.000001", "0");
        assertThat(journal.account("session:ann").stopped(NOON)).isEqualTo(BreakerReason.BUDGET);
        assertThat(journal.account("org").stopped(NOON)).isNull();
        assertThat(journal.questions()).containsExactly(new Asked("session:ann", DAY, usd("100.000001"), "ann"));
    }

    @Test
    void many_below_it_are_no_way_around_it() {
        for (int i = 0; i < 5; i++) {
            journal.book(cost("60"));
        }
        // The limit of 50 and one bound more.
        spent("300", "120");
        assertThat(journal.questions()).containsExactly(new Asked("session:ann", DAY, usd("180"), "ann"));
    }

    @Test
    void without_a_limit_only_the_single_report_counts() {
        Journal unlimited = journal(used(null, "0", "0", "org", "session:ann"), Map.of());
        for (int i = 0; i < 5; i++) {
            unlimited.book(cost("60"));
        }
        assertThat(unlimited.account("org").total().spent()).isEqualByComparingTo("300");
        assertThat(unlimited.questions()).isEmpty();
    }

    @Test
    void while_a_human_is_asked_nobody_asks_again() {
        Journal later = journal(used("50", "500", "0", "org", "session:ann"), Map.of("session:ann", usd("500")));
        later.book(cost(HUGE));
        assertThat(later.questions()).isEmpty();
        assertThat(later.apart("session:ann")).isEqualByComparingTo("1000000000499");
    }

    @Test
    void what_is_asked_about_is_never_more_than_can_be_booked_at_once() {
        journal.book(cost(HUGE));
        journal.book(cost(HUGE));
        assertThat(journal.questions().getFirst().amount()).isEqualByComparingTo(Money.MOST_TOLD);
    }

    enum End {
        COMPLETED,
        FAILED,
        LATE
    }

    @ParameterizedTest
    @EnumSource
    void what_the_end_of_a_claim_tells_is_a_report_too(End end) {
        BigDecimal huge = usd(HUGE);
        LeaseEnd told = switch (end) {
            case COMPLETED -> new LeaseEnd.Completed("ann", "task", 3, huge);
            case FAILED -> new LeaseEnd.Failed("ann", "task", 3, huge);
            case LATE -> new LeaseEnd.Late("ann", "task", 2, huge);
        };
        Closing.apply(journal, told, end == End.LATE ? null : ofLease("h", "15"), Set.of(), Duration.ofMinutes(5));
        spent(HUGE, "0");
        assertThat(journal.account("org").total().held())
                .as("what was held comes back at every level")
                .isEqualByComparingTo(end == End.LATE ? "15" : "0");
    }

    @Test
    void what_is_counted_counts_above_from_then_on() {
        journal.book(cost("500"));
        journal.book(entry(Kind.COUNT, "0", "-500", DAY));
        spent("500", "500");
        assertThat(journal.apart("session:ann")).isZero();
    }

    @Test
    void what_is_corrected_counts_with_what_it_really_was_and_the_breaker_closes() {
        journal.book(cost("500"));
        journal.book(entry(Kind.CORRECTION, "-488", "-500", DAY));
        spent("12", "12");
        assertThat(journal.account("session:ann").stopped(NOON)).isNull();
    }

    @Test
    void a_correction_of_a_day_that_is_past_changes_no_balance() {
        journal.book(cost("10"));
        journal.book(entry(Kind.CORRECTION, "-500", "-500", DAY.minusDays(1)));
        spent("10", "10");
        assertThat(journal.entries()).hasSize(2);
    }

    @Test
    void accounts_that_still_show_the_day_that_is_corrected_begin_the_new_one() {
        Account spent = used("50", "50", "15", "org", "session:ann");
        Journal morning = new Journal(Purses.of(List.of(ORG, spent), NOON.plus(Duration.ofDays(1))));
        morning.book(entry(Kind.CORRECTION, "-20", "0", DAY));
        for (String id : List.of("org", "session:ann")) {
            Account account = morning.account(id);
            assertThat(account.today().day()).as(id).isEqualTo(DAY.plusDays(1));
            assertThat(account.total().spent()).isZero();
            assertThat(account.total().held()).isEqualByComparingTo("15");
        }
        assertThat(morning.accounts()).as("so that they are written").hasSize(2);
    }

    @Test
    void a_correction_closes_breakers_at_every_level_and_none_that_money_still_keeps_open() {
        journal.book(entry(Kind.CORRECTION, "2000", "0", DAY));
        assertThat(journal.account("org").stopped(NOON)).isEqualTo(BreakerReason.BUDGET);
        journal.book(entry(Kind.CORRECTION, "-1000", "0", DAY));
        assertThat(journal.account("org").stopped(NOON)).isEqualTo(BreakerReason.BUDGET);
        journal.book(entry(Kind.CORRECTION, "-900", "0", DAY));
        assertThat(journal.account("org").stopped(NOON)).isNull();
        assertThat(journal.account("session:ann").stopped(NOON)).isEqualTo(BreakerReason.BUDGET);
    }

    @Test
    void what_was_asked_comes_back_with_the_answer() {
        Asked asked = new Asked("session:ann", DAY, usd("12000.5"), "ann");
        CaseRequested question = asked.question("now", NOON);
        assertThat(question.swarm()).as("only who may stop all may answer").isNull();
        assertThat(Asked.of(new CaseResolved(
                        "c",
                        "budget",
                        question.subject(),
                        null,
                        question.reason(),
                        question.evidence(),
                        "COUNT",
                        Map.of(),
                        "olga",
                        null)))
                .isEqualTo(asked);
    }
}
