package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.NOON;
import static io.infrafabric.budget.Examples.ofLease;
import static io.infrafabric.budget.Examples.usd;
import static io.infrafabric.budget.Examples.used;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Hold.State;
import io.infrafabric.budget.Purses.Refusal;
import io.infrafabric.budget.Reservations.End;
import io.infrafabric.budget.Reservations.Reserved;
import io.infrafabric.budget.Reservations.Wish;
import io.infrafabric.budget.Reserving.Made;
import io.infrafabric.budget.Reserving.Reservation;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReservingTest {
    private static final Duration WAIT = Duration.ofMinutes(5);

    /** She has 50 for the day, and her claim holds 15. */
    private final Purses purses = Purses.of(List.of(used("50", "0", "15", "org", "session:ann")), NOON);

    private final Journal journal = new Journal(purses);
    private final Set<String> known = new HashSet<>();

    @Test
    void what_the_claim_holds_is_enough_and_nothing_more_is_held() {
        assertThat(reserve("a", "4").answer()).isEqualTo(new Reserved.Granted(usd("4"), usd("0"), 3L));
        figures("0", "15");
        assertThat(journal.entries()).isEmpty();
        assertThat(hold().amount()).isEqualByComparingTo("11");
        assertThat(hold().placed()).isEqualByComparingTo("15");
    }

    @Test
    void only_what_exceeds_the_claims_hold_is_held_besides() {
        assertThat(reserve("a", "12").answer()).isEqualTo(new Reserved.Granted(usd("12"), usd("0"), 3L));
        assertThat(reserve("b", "5").answer()).isEqualTo(new Reserved.Granted(usd("3"), usd("2"), 3L));
        figures("0", "17");
    }

    @Test
    void what_exceeds_the_limit_is_refused_and_nothing_is_reserved() {
        assertThat(reserve("a", "51").answer())
                .isInstanceOfSatisfying(
                        Reserved.Refused.class,
                        refused -> assertThat(refused.why().why()).isEqualTo(Refusal.EXCEEDED));
        figures("0", "15");
        assertThat(hold().amount()).isEqualByComparingTo("15");
    }

    @Test
    void in_a_paused_swarm_a_claim_may_use_what_it_holds() {
        Pauses.Pause pause = new Pauses.Pause("swarm:s", "night");
        assertThat(Reserving.reserve(journal, purses, wish("a", "15"), hold(), pause)
                        .answer())
                .isInstanceOf(Reserved.Granted.class);
        assertThat(Reserving.reserve(journal, purses, wish("b", "1"), hold(), pause)
                        .answer())
                .isEqualTo(new Reserved.Paused("swarm:s", "night"));
    }

    @Test
    void another_epoch_or_another_session_has_no_claim() {
        Wish stale = new Wish("a", "ann", "task", 2L, usd("1"), WAIT, "ann");
        Wish other = new Wish("a", "bob", "task", null, usd("1"), WAIT, "bob");
        for (Wish wish : List.of(stale, other)) {
            assertThat(Reserving.reserve(journal, purses, wish, hold(), null).answer())
                    .isEqualTo(new Reserved.NoClaim());
        }
        assertThat(Reserving.reserve(journal, purses, wish("a", "1"), null, null)
                        .answer())
                .isEqualTo(new Reserved.NoClaim());
        assertThat(Reserving.reserve(
                                journal,
                                purses,
                                wish("a", "1"),
                                ofLease("h", "15").ended(State.VOIDED, NOON),
                                null)
                        .answer())
                .isEqualTo(new Reserved.NoClaim());
    }

    @Test
    void the_real_cost_draws_on_the_claim_and_the_rest_is_back() {
        Reservation call = reserve("a", "20").reservation();
        figures("0", "20");
        assertThat(end(call, "6")).isTrue();
        figures("6", "9");
        assertThat(hold().drawn()).isEqualByComparingTo("6");
        assertThat(hold().amount()).isEqualByComparingTo("15");
    }

    @Test
    void it_counts_once() {
        Reservation call = reserve("a", "4").reservation();
        end(call, "4");
        assertThat(end(null, "4")).isFalse();
        figures("4", "11");
    }

    @Test
    void a_call_that_cost_nothing_leaves_everything_as_it_was() {
        end(reserve("a", "20").reservation(), "0");
        figures("0", "15");
        assertThat(hold()).isEqualTo(ofLease("h", "15").reserve(usd("0")));
    }

    @Test
    void a_call_without_a_claim_is_held_and_booked_on_the_account() {
        Wish wish = new Wish("a", "ann", null, null, usd("35"), WAIT, "ann");
        Made made = Reserving.reserve(journal, purses, wish, null, null);
        assertThat(made.answer()).isEqualTo(new Reserved.Granted(usd("0"), usd("35"), null));
        figures("0", "50");
        Reserving.end(journal, made.reservation(), null, end("a", null, "40"), known, WAIT);
        figures("40", "15");
    }

    @Test
    void a_call_that_reserved_nothing_is_booked_all_the_same() {
        assertThat(end(null, "4")).isTrue();
        figures("4", "11");
        assertThat(hold().drawn()).isEqualByComparingTo("4");
    }

    static List<LeaseEnd> ends() {
        return List.of(
                new LeaseEnd.Completed("ann", "task", 3, null),
                new LeaseEnd.Failed("ann", "task", 3, null),
                new LeaseEnd.Lost("ann", "task", 3),
                new LeaseEnd.Returned("ann", "task", 3));
    }

    @ParameterizedTest
    @MethodSource("ends")
    void the_claim_ends_while_the_call_runs_and_its_money_stays_held_until_the_cost_comes(LeaseEnd claimsEnd) {
        Reservation call = reserve("a", "20").reservation();
        Closing.apply(journal, claimsEnd, hold(), Set.of(), WAIT);
        figures("0", "20");
        end(call, "7");
        figures("7", "0");
        assertThat(hold().booked()).isEqualByComparingTo("7");
        assertThat(hold().reserved()).isEqualByComparingTo("0");
    }

    @Test
    void a_claim_that_ends_with_its_total_counts_what_the_call_costs_only_above_it() {
        Reservation call = reserve("a", "5").reservation();
        Closing.apply(journal, new LeaseEnd.Completed("ann", "task", 3, usd("6")), hold(), Set.of(), WAIT);
        figures("6", "5");
        end(call, "7");
        figures("7", "0");
    }

    @Test
    void a_cost_that_was_not_reserved_takes_nothing_from_a_call() {
        Reservation call = reserve("a", "12").reservation();
        Hold before = hold();
        Hold after = before.draw(usd("8"));
        journal.book(Entry.between(Entry.Kind.DRAW, before, after, usd("8"), Entry.Details.NONE, "ann"));
        journal.keep(after);
        figures("8", "12");
        end(call, "2");
        figures("10", "5");
    }

    private Made reserve(String id, String amount) {
        return Reserving.reserve(journal, purses, wish(id, amount), hold(), null);
    }

    private static Wish wish(String id, String amount) {
        return new Wish(id, "ann", "task", 3L, usd(amount), WAIT, "ann");
    }

    private boolean end(Reservation open, String cost) {
        return Reserving.end(journal, open, hold(), end("a", "task", cost), known, WAIT);
    }

    private static End end(String id, String task, String cost) {
        return new End(id, "ann", task, task == null ? null : 3L, usd(cost), "model", 1L, 2L, "anthropic", NOON, "ann");
    }

    private Hold hold() {
        return journal.current(ofLease("h", "15"));
    }

    private void figures(String spent, String held) {
        assertThat(journal.account("session:ann").total().spent()).isEqualByComparingTo(spent);
        assertThat(journal.account("session:ann").total().held()).isEqualByComparingTo(held);
    }
}
