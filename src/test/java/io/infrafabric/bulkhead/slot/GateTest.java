package io.infrafabric.bulkhead.slot;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bulkhead.slot.Ended.Failure;
import io.infrafabric.bulkhead.slot.FailureWindow.Threshold;
import io.infrafabric.bulkhead.slot.ProviderBreaker.Result;
import io.infrafabric.bulkhead.slot.SlotLeases.Lease;
import io.infrafabric.bulkhead.slot.SlotShare.Hungry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a gate does, with a clock that the test moves and a database that the test plays. */
class GateTest {
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final UUID TOKEN = new UUID(0, 1);
    private static final Ended OK = new Ended.Answered(200, Duration.ofMillis(5), Duration.ofMillis(9));
    private static final Ended BAD = new Ended.Failed(Failure.CONNECT);

    private final GateSettings settings = new GateSettings(
            4, 6, Duration.ofSeconds(30), new Threshold(Duration.ofSeconds(30), 5, 0.5), Duration.ofSeconds(30));
    private long now;
    private final Gate gate = new Gate(settings, LEASE, () -> TOKEN, now);

    /** A call and what it heard. */
    private final class Try {
        final List<Verdict> verdicts = new ArrayList<>();
        final WantedCall call;

        Try(String session, String model) {
            call = new WantedCall(session, model, verdicts::add);
            assertThat(gate.arrive(call, settings, now)).isTrue();
        }

        Verdict verdict() {
            assertThat(verdicts).hasSizeLessThan(2);
            return verdicts.isEmpty() ? null : verdicts.getFirst();
        }

        boolean went() {
            return verdict() instanceof Verdict.Go;
        }

        void end(Ended how) {
            gate.end(((Verdict.Go) verdict()).pass(), how, now);
        }
    }

    @Test
    void a_call_waits_for_the_first_look_and_for_a_slot() {
        Try first = new Try("s", null);
        assertThat(first.verdict()).isNull();
        look(ProviderBreaker.Seen.CLOSED);
        assertThat(gate.need(now).take()).isEqualTo(1);
        assertThat(gate.need(now).take()).as("asked once").isZero();
        gate.took(List.of(0, 1), now, now);
        assertThat(first.went()).isTrue();
        assertThat(new Try("s", null).went()).as("without a statement").isTrue();
        assertThat(gate.need(now).isNothing()).isTrue();
    }

    @Test
    void a_freed_slot_goes_to_the_head_of_the_queue() {
        hold(1);
        Try running = new Try("a", null);
        Try second = new Try("a", null);
        Try other = new Try("b", null);
        running.end(OK);
        assertThat(second.went()).isTrue();
        assertThat(other.went()).isFalse();
        second.end(OK);
        assertThat(other.went()).isTrue();
    }

    @Test
    void one_session_has_half_of_the_slots_while_others_wait() {
        hold(4);
        List<Try> greedy = tries("a", 8);
        assertThat(greedy).filteredOn(Try::went).as("nobody else waits").hasSize(4);
        Try modest = new Try("b", null);
        Try another = new Try("c", null);
        greedy.get(0).end(OK);
        greedy.get(1).end(OK);
        assertThat(modest.went()).isTrue();
        assertThat(another.went()).isTrue();
        assertThat(greedy).filteredOn(Try::went).hasSize(4);
        greedy.get(2).end(OK);
        assertThat(greedy).filteredOn(Try::went).hasSize(5);
    }

    @Test
    void the_queue_is_bounded() {
        hold(4);
        List<Try> all = tries("a", 13);
        assertThat(all.stream().map(Try::verdict).filter(Verdict.Full.class::isInstance))
                .hasSize(3);
        assertThat(gate.standing(now).queued()).isEqualTo(6);
    }

    /** A process that has rested has given its slots back, or has never asked for any. */
    @Test
    void calls_that_wait_for_slots_to_be_leased_do_not_fill_the_queue() {
        List<Try> all = tries("a", 11);
        assertThat(all)
                .filteredOn(call -> call.verdict() instanceof Verdict.Full)
                .hasSize(1);
        hold(4);
        assertThat(all).filteredOn(Try::went).hasSize(4);
        assertThat(gate.standing(now).queued()).isEqualTo(6);
    }

    @Test
    void whoever_waits_too_long_or_leaves_is_out_of_the_queue() {
        hold(1);
        Try running = new Try("a", null);
        Try slow = new Try("a", null);
        Try gone = new Try("a", null);
        gate.expire(slow.call, now);
        assertThat(slow.verdict()).isInstanceOf(Verdict.Full.class);
        assertThat(gate.leave(gone.call, now)).isTrue();
        running.end(OK);
        assertThat(gone.verdict()).isNull();
        gate.expire(running.call, now);
        assertThat(running.went()).isTrue();
        assertThat(gate.standing(now).running()).isZero();
    }

    @Test
    void no_call_begins_when_the_lease_may_be_over() {
        hold(2);
        pass(LEASE.minus(SlotLeases.MARGIN).minusMillis(1));
        assertThat(new Try("a", null).went()).isTrue();
        pass(Duration.ofMillis(1));
        Try late = new Try("a", null);
        assertThat(late.verdict()).isNull();
        gate.renewed(gate.heldSlots(), now);
        look(held(), ProviderBreaker.Seen.CLOSED);
        assertThat(late.went()).isTrue();
    }

    @Test
    void a_slot_that_somebody_else_has_now_is_not_used() {
        hold(2);
        Try running = new Try("a", null);
        gate.seen(seen(4, List.of(), List.of(), ProviderBreaker.Seen.CLOSED), now, now);
        Try next = new Try("a", null);
        gate.took(List.of(3), now, now);
        assertThat(next.verdict()).as("one runs on one slot").isNull();
        running.end(OK);
        assertThat(next.went()).isTrue();
    }

    @Test
    void gives_idle_slots_to_those_who_want_some_and_more_as_calls_end() {
        hold(4);
        Try one = new Try("a", null);
        Try two = new Try("a", null);
        Try three = new Try("a", null);
        gate.seen(
                seen(4, held(), List.of(new Hungry("b", 3, 0, Duration.ZERO)), ProviderBreaker.Seen.CLOSED), now, now);
        assertThat(gate.need(now).gifts()).containsExactly(Map.entry(3, "b"));
        Try waiting = new Try("a", null);
        one.end(OK);
        assertThat(gate.need(now).gifts()).containsExactly(Map.entry(2, "b"));
        assertThat(waiting.verdict()).isNull();
        two.end(OK);
        assertThat(waiting.went()).isTrue();
        assertThat(three.went()).isTrue();
        assertThat(gate.standing(now).held()).isEqualTo(2);
    }

    @Test
    void a_slot_that_was_given_away_is_in_doubt_until_the_answer_is_there() {
        hold(4);
        List<Lease> before = held();
        gate.seen(
                seen(4, before, List.of(new Hungry("b", 1, 0, Duration.ZERO)), ProviderBreaker.Seen.CLOSED), now, now);
        assertThat(gate.need(now).gifts()).containsOnlyKeys(3);
        look(before, ProviderBreaker.Seen.CLOSED);
        assertThat(gate.heldSlots()).containsExactly(0, 1, 2);
        gate.gone(List.of(3));
        look(before, ProviderBreaker.Seen.CLOSED);
        assertThat(gate.heldSlots()).containsExactly(0, 1, 2, 3);
    }

    @Test
    void a_smaller_limit_takes_slots_back_as_calls_end() {
        hold(4);
        List<Try> all = tries("a", 3);
        gate.seen(seen(2, held(), List.of(), ProviderBreaker.Seen.CLOSED), now, now);
        assertThat(gate.need(now).freed()).containsExactly(3);
        Try waiting = new Try("a", null);
        all.get(0).end(OK);
        assertThat(gate.need(now).freed()).containsExactly(2);
        assertThat(waiting.verdict()).isNull();
        all.get(1).end(OK);
        assertThat(waiting.went()).isTrue();
    }

    @Test
    void opens_after_too_many_failures_and_refuses_those_that_wait() {
        hold(4);
        List<Try> all = tries("a", 9);
        for (int call = 0; call < 5; call++) {
            all.get(call).end(BAD);
        }
        assertThat(all.get(8).verdict()).isInstanceOf(Verdict.Open.class);
        assertThat(new Try("b", null).verdict()).isInstanceOf(Verdict.Open.class);
        assertThat(gate.need(now).trip().version()).isZero();
        look(held(), open(1, Duration.ofSeconds(30)));
        assertThat(gate.need(now).trip()).isNull();
        all.get(5).end(BAD);
        assertThat(gate.need(now).trip()).as("calls from before say nothing").isNull();
    }

    @Test
    void one_probe_decides() {
        hold(4);
        look(held(), open(1, Duration.ofSeconds(1)));
        assertThat(new Try("a", null).verdict()).isInstanceOf(Verdict.Open.class);
        pass(Duration.ofSeconds(1));
        Try probe = new Try("a", null);
        assertThat(probe.verdict()).isNull();
        assertThat(new Try("a", null).verdict()).isInstanceOf(Verdict.Open.class);
        assertThat(gate.need(now).ask()).isEqualTo(TOKEN);
        gate.probeAnswered(true, now);
        assertThat(probe.went()).isTrue();
        probe.end(OK);
        assertThat(gate.need(now).result()).isEqualTo(Result.CLOSE);
        assertThat(gate.need(now).probed()).isEqualTo(TOKEN);
        gate.probeTold();
        look(held(), new ProviderBreaker.Seen(2, false, null, null, false));
        assertThat(new Try("a", null).went()).isTrue();
    }

    @Test
    void a_probe_that_another_process_makes_is_waited_for() {
        hold(4);
        look(held(), open(1, Duration.ZERO));
        Try probe = new Try("a", null);
        gate.probeAnswered(false, now);
        assertThat(probe.verdict()).isInstanceOf(Verdict.Open.class);
        assertThat(new Try("a", null).verdict()).isInstanceOf(Verdict.Open.class);
        look(held(), open(1, Duration.ZERO));
        assertThat(new Try("a", null).verdict()).as("it is free again").isNull();
    }

    @Test
    void a_probe_whose_client_leaves_is_another_ones() {
        hold(4);
        look(held(), open(1, Duration.ZERO));
        Try probe = new Try("a", null);
        gate.leave(probe.call, now);
        gate.probeAnswered(true, now);
        assertThat(gate.need(now).result()).isEqualTo(Result.RELEASE);
        gate.probeTold();
        Try next = new Try("a", null);
        gate.probeAnswered(true, now);
        next.end(BAD);
        assertThat(gate.need(now).result()).isEqualTo(Result.REOPEN);
    }

    @Test
    void a_model_rests_and_others_go_on() {
        hold(4);
        Try throttled = new Try("a", "big");
        throttled.end(new Ended.Throttled(Duration.ofSeconds(60)));
        assertThat(gate.need(now).pauses()).containsExactly(Map.entry("big", Duration.ofSeconds(60)));
        gate.pausesTold();
        assertThat(new Try("a", "big").verdict()).isEqualTo(new Verdict.Paused(Duration.ofSeconds(60)));
        Try small = new Try("a", "small");
        assertThat(small.went()).isTrue();
        small.end(new Ended.Throttled(null));
        assertThat(new Try("a", "small").went()).as("nobody said how long").isTrue();
    }

    @Test
    void a_pause_is_never_shortened_and_ends_within_the_hour() {
        hold(4);
        Try one = new Try("a", "m");
        Try two = new Try("a", "m");
        Try endless = new Try("a", "n");
        one.end(new Ended.Throttled(Duration.ofSeconds(60)));
        two.end(new Ended.Throttled(Duration.ofSeconds(1)));
        endless.end(new Ended.Throttled(Duration.ofSeconds(1_000_000_000)));
        assertThat(new Try("a", "m").verdict()).isEqualTo(new Verdict.Paused(Duration.ofSeconds(60)));
        assertThat(new Try("a", "n").verdict()).isEqualTo(new Verdict.Paused(Duration.ofHours(1)));
        new Try("a", "o").end(new Ended.Throttled(Duration.ofSeconds(-1)));
        assertThat(new Try("a", "o").went()).isTrue();
    }

    @Test
    void a_process_that_ends_gives_back_what_it_does_not_use() {
        hold(4);
        Try running = new Try("a", null);
        gate.leave();
        assertThat(gate.need(now).freed()).hasSize(3);
        assertThat(new Try("a", null).verdict()).isInstanceOf(Verdict.Full.class);
        running.end(OK);
        assertThat(gate.need(now).freed()).hasSize(1);
    }

    @Test
    void a_gate_that_nobody_uses_is_forgotten_with_its_slots() {
        hold(4);
        new Try("a", null).end(OK);
        assertThat(gate.retires(now)).isFalse();
        pass(Duration.ofSeconds(61));
        assertThat(gate.need(now).freed()).hasSize(4);
        assertThat(gate.retires(now)).isTrue();
        assertThat(gate.arrive(new WantedCall("a", null, _ -> {}), settings, now))
                .isFalse();
    }

    @Test
    void counts_how_calls_ended() {
        hold(4);
        for (int call = 0; call < 10; call++) {
            new Try("a", null)
                    .end(
                            call == 9
                                    ? new Ended.Answered(503, Duration.ofMillis(1), Duration.ofMillis(1000))
                                    : new Ended.Answered(200, Duration.ofMillis(10), Duration.ofMillis(100)));
        }
        CallTimes.Figures figures = gate.standing(now).figures();
        assertThat(figures.calls()).isEqualTo(10);
        assertThat(figures.failed()).isEqualTo(1);
        assertThat(CallTimes.Figures.quantile(figures.times(), 0.5)).isBetween(90L, 110L);
        assertThat(CallTimes.Figures.quantile(figures.times(), 0.99)).isBetween(900L, 1100L);
        pass(Duration.ofMinutes(6));
        assertThat(gate.standing(now).figures()).isEqualTo(CallTimes.Figures.NONE);
    }

    private List<Try> tries(String session, int count) {
        return IntStream.range(0, count).mapToObj(_ -> new Try(session, null)).toList();
    }

    /** The gate has this many slots. */
    private void hold(int count) {
        look(IntStream.range(0, count).mapToObj(slot -> new Lease(slot, LEASE)).toList(), ProviderBreaker.Seen.CLOSED);
    }

    private List<Lease> held() {
        return gate.heldSlots().stream().map(slot -> new Lease(slot, LEASE)).toList();
    }

    private void look(ProviderBreaker.Seen breaker) {
        look(List.of(), breaker);
    }

    private void look(List<Lease> own, ProviderBreaker.Seen breaker) {
        gate.seen(seen(4, own, List.of(), breaker), now, now);
    }

    private static GateSeen seen(int limit, List<Lease> own, List<Hungry> hungry, ProviderBreaker.Seen breaker) {
        return new GateSeen(limit, limit, 0, own, breaker, hungry, Map.of());
    }

    private static ProviderBreaker.Seen open(long version, Duration left) {
        return new ProviderBreaker.Seen(version, true, "it fails", left, false);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }
}
