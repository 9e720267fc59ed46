package io.infrafabric.budget;

import static io.infrafabric.budget.Examples.NOON;
import static io.infrafabric.budget.Examples.account;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Hold.State;
import io.infrafabric.budget.Purses.Verdict;
import io.infrafabric.budget.Reservations.End;
import io.infrafabric.budget.Reservations.Reserved;
import io.infrafabric.budget.Reservations.Wish;
import io.infrafabric.budget.Reserving.Made;
import io.infrafabric.budget.Reserving.Reservation;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Claims, calls, costs and ends in random order, against a model that knows only sums: what a claim has not spent and no call
 * has reserved, and what calls have reserved. If calls cost no more than they reserved, nobody spends more than the limit.
 */
class ReservedMoneyTest {
    private static final Duration WAIT = Duration.ofMinutes(5);
    private static final String ANN = "session:ann";
    private static final BigDecimal LIMIT = new BigDecimal("100");
    private static final int STEPS = 120;

    /** A claim as the model sees it. */
    private static final class Claim {
        final String task;
        final BigDecimal amount;
        BigDecimal drawn = BigDecimal.ZERO;
        BigDecimal total = BigDecimal.ZERO;
        BigDecimal reserved = BigDecimal.ZERO;
        boolean stands = true;

        Claim(String task, BigDecimal amount) {
            this.task = task;
            this.amount = amount;
        }

        BigDecimal spent() {
            return drawn.max(total);
        }

        BigDecimal free() {
            return stands ? amount.subtract(reserved).subtract(spent()).max(BigDecimal.ZERO) : BigDecimal.ZERO;
        }
    }

    /** A call as the model sees it. */
    private record Call(String id, Claim claim, BigDecimal amount, BigDecimal within) {}

    private final Map<String, Account> accounts = new HashMap<>(
            Map.of("swarm:s", account("150", "swarm:s"), ANN, account(LIMIT.toPlainString(), "swarm:s", ANN)));
    private final Map<String, Hold> holds = new HashMap<>();
    private final Map<String, Reservation> reservations = new HashMap<>();
    private final Set<String> known = new HashSet<>();

    private final List<Claim> claims = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private BigDecimal alone = BigDecimal.ZERO;
    private Random random = new Random(0);

    static List<Long> seeds() {
        return new Random(20261129).longs(100).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void the_books_and_the_model_agree_after_each_step(long seed) {
        random = new Random(seed);
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(8)) {
                case 0 -> claim("t" + step);
                case 1, 2, 3 -> reserve("c" + step);
                case 4, 5 -> endCall(true);
                case 6 -> endClaim(random.nextInt(4));
                default -> cost();
            }
            agree(seed + ", step " + step);
        }
        while (!calls.isEmpty()) {
            endCall(true);
        }
        claims.forEach(claim -> end(claim, 3));
        agree(seed + ", at the end");
        assertThat(held()).isEqualByComparingTo("0");
        assertThat(holds.values()).allMatch(hold -> hold.reserved().signum() == 0);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void calls_that_cost_no_more_than_was_reserved_never_exceed_the_limit(long seed) {
        random = new Random(seed);
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(6)) {
                case 0 -> claim("t" + step);
                case 1, 2, 3 -> reserve("c" + step);
                case 4 -> endCall(false);
                default -> endClaim(2 + random.nextInt(2));
            }
            assertThat(spent().add(held())).as("seed %s, step %s", seed, step).isLessThanOrEqualTo(LIMIT);
        }
    }

    private void claim(String task) {
        BigDecimal amount = upTo(40);
        if (!(purses().hold(ANN, amount) instanceof Verdict.Fits)) {
            return;
        }
        Hold hold = new Hold(
                task,
                ANN,
                amount,
                BigDecimal.ZERO,
                null,
                false,
                BigDecimal.ZERO,
                State.PLACED,
                task,
                1L,
                1L,
                null,
                null,
                NOON,
                null);
        Journal journal = journal();
        journal.book(new Entry(Entry.Kind.HOLD, ANN, BigDecimal.ZERO, amount, hold, amount, Entry.Details.NONE, "ann"));
        journal.keep(hold);
        save(journal);
        claims.add(new Claim(task, amount));
    }

    private void reserve(String id) {
        Claim claim = claims.isEmpty() || random.nextInt(4) == 0 ? null : any(claims);
        BigDecimal amount = upTo(30);
        Journal journal = journal();
        Wish wish =
                new Wish(id, "ann", claim == null ? null : claim.task, claim == null ? null : 1L, amount, WAIT, "ann");
        Made made = Reserving.reserve(journal, purses(), wish, claim == null ? null : holds.get(claim.task), null);
        BigDecimal within = claim == null ? BigDecimal.ZERO : claim.free().min(amount);
        BigDecimal extra = amount.subtract(within);
        boolean fits = extra.signum() == 0 || spent().add(held()).add(extra).compareTo(LIMIT) <= 0;
        if (claim != null && !claim.stands) {
            assertThat(made.answer()).isEqualTo(new Reserved.NoClaim());
        } else if (!fits) {
            assertThat(made.answer()).isInstanceOf(Reserved.Refused.class);
        } else if (made.answer() instanceof Reserved.Granted granted) {
            assertThat(granted.within()).isEqualByComparingTo(within);
            assertThat(granted.extra()).isEqualByComparingTo(extra);
            reservations.put(id, made.reservation());
            calls.add(new Call(id, claim, amount, within));
            if (claim != null) {
                claim.reserved = claim.reserved.add(within);
            }
            save(journal);
        } else {
            // The breaker: it opens when the limit is reached, and then nothing more is held.
            assertThat(spent()).isGreaterThanOrEqualTo(LIMIT);
        }
    }

    private void endCall(boolean mayCostMore) {
        if (calls.isEmpty()) {
            return;
        }
        Call call = any(calls);
        calls.remove(call);
        BigDecimal most = mayCostMore ? call.amount().multiply(new BigDecimal("1.5")) : call.amount();
        BigDecimal cost = most.multiply(BigDecimal.valueOf(random.nextInt(101), 2));
        book(call, cost);
        book(call, cost);
        if (call.claim() == null) {
            alone = alone.add(cost);
        } else {
            call.claim().drawn = call.claim().drawn.add(cost);
            call.claim().reserved = call.claim().reserved.subtract(call.within());
        }
    }

    /** As often as you like: it counts once. */
    private void book(Call call, BigDecimal cost) {
        Journal journal = journal();
        String task = call.claim() == null ? null : call.claim().task;
        End end = new End(call.id(), "ann", task, 1L, cost, null, null, null, null, NOON, "ann");
        Reserving.end(journal, reservations.remove(call.id()), task == null ? null : holds.get(task), end, known, WAIT);
        save(journal);
    }

    private void endClaim(int how) {
        if (!claims.isEmpty()) {
            end(any(claims), how);
        }
    }

    private void end(Claim claim, int how) {
        if (!claim.stands) {
            return;
        }
        BigDecimal total = upTo(50);
        LeaseEnd end = switch (how) {
            case 0 -> new LeaseEnd.Completed("ann", claim.task, 1, total);
            case 1 -> new LeaseEnd.Failed("ann", claim.task, 1, total);
            case 2 -> new LeaseEnd.Lost("ann", claim.task, 1);
            default -> new LeaseEnd.Returned("ann", claim.task, 1);
        };
        Journal journal = journal();
        Closing.apply(journal, end, holds.get(claim.task), Set.of(), WAIT);
        save(journal);
        claim.stands = false;
        claim.total = how < 2 ? total : BigDecimal.ZERO;
    }

    /** A cost that nobody reserved. */
    private void cost() {
        if (claims.isEmpty()) {
            return;
        }
        Claim claim = any(claims);
        BigDecimal cost = upTo(10);
        Journal journal = journal();
        Hold before = holds.get(claim.task);
        Hold after = before.draw(cost);
        journal.book(Entry.between(Entry.Kind.DRAW, before, after, cost, Entry.Details.NONE, "ann"));
        journal.keep(after);
        save(journal);
        claim.drawn = claim.drawn.add(cost);
    }

    private BigDecimal spent() {
        return claims.stream().map(Claim::spent).reduce(alone, BigDecimal::add);
    }

    private BigDecimal held() {
        BigDecimal reserved = calls.stream().map(Call::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
        return claims.stream().map(Claim::free).reduce(reserved, BigDecimal::add);
    }

    private void agree(String when) {
        for (String id : List.of(ANN, "swarm:s")) {
            assertThat(accounts.get(id).total().spent()).as("spent, %s", when).isEqualByComparingTo(spent());
            assertThat(accounts.get(id).total().held()).as("held, %s", when).isEqualByComparingTo(held());
        }
    }

    private Purses purses() {
        return Purses.of(accounts.values(), NOON);
    }

    private Journal journal() {
        return new Journal(purses());
    }

    private void save(Journal journal) {
        journal.accounts().forEach(account -> accounts.put(account.id(), account));
        journal.holds().forEach(hold -> holds.put(hold.id(), hold));
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private BigDecimal upTo(int most) {
        return BigDecimal.valueOf(random.nextInt(most * 100), 2);
    }
}
