package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Examples.HALF_LIFE;
import static io.infrafabric.coordinator.Examples.NOW;
import static io.infrafabric.coordinator.Examples.session;
import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.budget.Purses;
import io.infrafabric.budget.Wallets;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Bounds;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.claim.Claiming.Claimant;
import io.infrafabric.coordinator.claim.Claiming.Decision;
import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.session.SessionTable.Held;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.Task.State;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClaimingTest {
    private static final Duration LEASE = Duration.ofMinutes(5);

    private final Map<String, Claimant> claimants = new HashMap<>();
    private final Map<String, List<Task>> assigned = new HashMap<>();
    private final Map<String, List<Task>> unassigned = new HashMap<>();
    private final Map<String, Task> named = new HashMap<>();
    private final Map<String, Map<String, Outcomes>> outcomes = new HashMap<>();
    private final Map<String, Set<String>> rests = new HashMap<>();
    private Lanes.Seen seen = Lanes.Seen.NOTHING;
    private Purses purses;

    @BeforeEach
    void three_sessions() {
        for (String id : List.of("ann", "bob", "cid")) {
            is(session(id), 0);
        }
        purses = wallets(null).locked();
    }

    // Any task

    @Test
    void own_assigned_tasks_come_first() {
        queue(task("common").made());
        assigned.put("ann", List.of(task("own").assignee("ann").made()));
        assertThat(decide(any("ann"), any("bob"))).containsExactly("ann has own", "bob has common");
    }

    @Test
    void tasks_are_given_in_the_order_of_the_queue_and_none_twice() {
        queue(task("first").made(), task("second").made());
        assertThat(decide(any("bob"), any("ann"), any("cid")))
                .containsExactly("bob has first", "ann has second", "Nothing[raced=false]");
    }

    @Test
    void nobody_gets_a_task_whose_time_is_over() {
        Task late = task("late").expiresAt(NOW).made();
        queue(late, task("next").expiresAt(NOW.plusSeconds(1)).made());
        named.put("late", late);
        assertThat(decide(any("ann"))).containsExactly("ann has next");
        assertThat(decide(new Claim("bob", "late", null, LEASE)).getFirst()).startsWith("NotClaimable");
    }

    @Test
    void nobody_gets_a_task_of_another_swarm() {
        is(session("eve", "blue", List.of(), List.of(), 3, Session.State.LIVE), 0);
        queue(task("first").made());
        assertThat(decide(any("eve"))).containsExactly("Nothing[raced=false]");
    }

    @Test
    void what_is_assigned_in_a_swarm_that_was_left_is_not_granted() {
        assigned.put("ann", List.of(task("old").swarm("blue").assignee("ann").made()));
        queue(task("first").made());
        assertThat(decide(any("ann"))).containsExactly("ann has first");
    }

    @Test
    void a_claim_of_an_enrolment_that_is_over_gets_nothing() {
        queue(task("first").made());
        Claim before = new Claim("ann", null, null, LEASE, false, 1, false);
        Claim now = new Claim("ann", null, null, LEASE, false, 2, false);
        is(again(session("ann")), 0);
        assertThat(decide(before)).containsExactly("Left[session=ann]");
        assertThat(decide(now)).containsExactly("ann has first");
    }

    @Test
    void whoever_holds_as_many_as_it_may_is_full() {
        queue(task("first").made());
        is(session("ann"), 3);
        is(session("bob"), 2);
        assertThat(decide(any("ann"), any("bob"))).containsExactly("Full[maxConcurrentTasks=3]", "bob has first");
    }

    @Test
    void a_paused_swarm_gives_nothing() {
        queue(task("first").made());
        claimants.put("ann", new Claimant(session("ann"), held(0), true, "maintenance"));
        assertThat(decide(any("ann"))).containsExactly("Paused[swarm=red, reason=maintenance]");
    }

    @Test
    void whoever_has_left_gets_nothing_and_whoever_was_lost_does() {
        queue(task("first").made());
        is(session("ann", "red", List.of(), List.of(), 3, Session.State.LEFT), 0);
        is(session("bob", "red", List.of(), List.of(), 3, Session.State.LOST), 0);
        assertThat(decide(any("ann"), any("bob"))).containsExactly("Left[session=ann]", "bob has first");
    }

    @Test
    void whoever_is_not_enrolled_is_told() {
        assertThat(decide(any("nobody"))).containsExactly("UnknownSession[session=nobody]");
    }

    @Test
    void capabilities_filter_only_where_a_score_is_asked_for() {
        queue(
                task("hard").needs(List.of("rust"), List.of("cargo")).made(),
                task("easy").made());
        assertThat(decide(any("ann"))).containsExactly("ann has hard");
        assertThat(decide(new Claim("ann", null, 0.7, LEASE))).containsExactly("ann has easy");
        // Nothing in common and no outcomes: 0.2 * 0.5, and that is enough for 0.1.
        assertThat(decide(new Claim("ann", null, 0.1, LEASE))).containsExactly("ann has hard");
    }

    @Test
    void a_score_counts_the_outcomes_in_the_tasks_own_domains() {
        is(session("ann", List.of("rust", "go"), List.of()), 0);
        queue(task("t").needs(List.of("rust"), List.of()).made());
        Claim choosy = new Claim("ann", null, 0.95, LEASE);
        outcomes.put("ann", Map.of("go", new Outcomes(50, 50, NOW)));
        assertThat(decide(choosy)).containsExactly("Nothing[raced=false]");
        outcomes.put("ann", Map.of("rust", new Outcomes(50, 50, NOW)));
        assertThat(decide(choosy)).containsExactly("ann has t");
    }

    @Test
    void own_assigned_tasks_must_fit_too_where_a_score_is_asked_for() {
        assigned.put(
                "ann",
                List.of(task("own")
                        .assignee("ann")
                        .needs(List.of("rust"), List.of())
                        .made()));
        queue(task("common").made());
        assertThat(decide(new Claim("ann", null, 0.7, LEASE))).containsExactly("ann has common");
    }

    // A task by name

    @Test
    void a_named_task_is_given_whatever_its_place_in_the_queue() {
        named.put("t", task("t").made());
        assertThat(decide(named("ann", "t"))).containsExactly("ann has t");
    }

    @Test
    void an_unknown_task_and_one_of_another_swarm_look_alike() {
        named.put("t", task("t").swarm("blue").made());
        assertThat(decide(named("ann", "t"), named("bob", "u")))
                .containsExactly("UnknownTask[task=t]", "UnknownTask[task=u]");
    }

    @Test
    void a_task_that_another_holds_is_refused_with_who_and_until_when() {
        named.put("t", task("t").claimedBy("bob", 3).made());
        assertThat(decide(named("ann", "t")))
                .containsExactly("AlreadyClaimed[task=t, holder=bob, until=" + NOW.plusSeconds(300) + "]");
    }

    @Test
    void a_task_that_another_of_the_same_batch_gets_is_refused() {
        named.put("t", task("t").made());
        assertThat(decide(named("ann", "t"), named("bob", "t")))
                .containsExactly("ann has t", "AlreadyClaimed[task=t, holder=ann, until=null]");
    }

    @Test
    void a_task_that_was_given_by_name_is_not_given_from_the_queue() {
        named.put("t", task("t").made());
        queue(task("t").made());
        assertThat(decide(named("ann", "t"), any("bob"))).containsExactly("ann has t", "Nothing[raced=false]");
    }

    @Test
    void claiming_again_what_i_hold_is_granted_again_even_when_full_or_paused() {
        named.put("t", task("t").claimedBy("ann", 3).made());
        claimants.put("ann", new Claimant(session("ann"), held(3), true, "maintenance"));
        assertThat(decide(named("ann", "t"))).containsExactly("ann has t again");
    }

    @Test
    void a_task_that_is_not_queued_or_rests_is_not_claimable() {
        for (State state : List.of(State.WAITING, State.DONE, State.DEAD, State.CANCELLED)) {
            named.put("t", task("t").state(state).made());
            assertThat(decide(named("ann", "t")))
                    .singleElement()
                    .asString()
                    .startsWith("NotClaimable[task=t, state=" + state);
        }
        named.put("t", task("t").notBefore(NOW.plusMillis(1)).made());
        assertThat(decide(named("ann", "t")))
                .containsExactly("NotClaimable[task=t, state=QUEUED, notBefore=" + NOW.plusMillis(1) + "]");
        named.put("t", task("t").notBefore(NOW).made());
        assertThat(decide(named("ann", "t"))).containsExactly("ann has t");
    }

    @Test
    void a_task_for_another_is_refused_and_one_for_me_is_not() {
        named.put("t", task("t").assignee("bob").made());
        assertThat(decide(named("ann", "t"))).containsExactly("AssignedToOther[task=t, assignee=bob]");
        assertThat(decide(named("bob", "t"))).containsExactly("bob has t");
    }

    @Test
    void a_named_task_must_fit_where_a_score_is_asked_for() {
        named.put("t", task("t").needs(List.of("rust"), List.of()).made());
        assertThat(decide(new Claim("ann", "t", 0.7, LEASE)))
                .singleElement()
                .asString()
                .startsWith("ScoreTooLow[task=t, score=0.4");
    }

    @Test
    void a_named_task_is_refused_when_full_or_paused() {
        named.put("t", task("t").made());
        is(session("ann"), 3);
        claimants.put("bob", new Claimant(session("bob"), held(0), true, "why"));
        assertThat(decide(named("ann", "t"), named("bob", "t")))
                .containsExactly("Full[maxConcurrentTasks=3]", "Paused[swarm=red, reason=why]");
    }

    // Money

    @Test
    void what_the_session_cannot_pay_is_passed_over() {
        purses = new Wallets(null).with("ann", "10").locked();
        assigned.put("ann", List.of(task("own").assignee("ann").made()));
        queue(task("dear").made(), task("cheap").estimate("10").made());
        assertThat(decide(any("ann"))).containsExactly("ann has cheap");
        queue(task("dear").made(), task("free").estimate(null).made());
        assertThat(decide(any("ann"))).containsExactly("ann has free");
    }

    @Test
    void only_where_money_alone_is_in_the_way_it_is_told_so() {
        purses = new Wallets(null).with("ann", "10").locked();
        queue(task("dear").needs(List.of("rust"), List.of()).made());
        assertThat(decide(any("ann"))).containsExactly("EXCEEDED at session:ann with 10");
        assertThat(decide(new Claim("ann", null, 0.7, LEASE))).containsExactly("Nothing[raced=false]");
        is(session("ann"), 3);
        assertThat(decide(any("ann"))).containsExactly("Full[maxConcurrentTasks=3]");
    }

    @Test
    void claims_of_one_batch_share_what_is_left_above_them() {
        purses = wallets("30").locked();
        queue(task("a").made(), task("b").made(), task("c").made());
        assertThat(decide(any("ann"), any("bob"), any("cid")))
                .containsExactly("ann has a", "bob has b", "EXCEEDED at swarm:red with 0");
    }

    @Test
    void a_named_task_that_cannot_be_paid_is_refused() {
        purses = new Wallets(null).with("ann", "14.999999").with("bob", "15").locked();
        named.put("t", task("t").made());
        assertThat(decide(named("ann", "t"), named("bob", "t")))
                .containsExactly("EXCEEDED at session:ann with 14.999999", "bob has t");
    }

    @Test
    void a_session_whose_breaker_is_open_gets_nothing_but_keeps_what_it_holds() {
        purses = new Wallets(null).spent("ann").locked();
        queue(task("free").estimate(null).made());
        assertThat(decide(any("ann"))).containsExactly("BREAKER_BUDGET at session:ann with 0");
        named.put("free", task("free").estimate(null).made());
        assertThat(decide(named("ann", "free"))).containsExactly("BREAKER_BUDGET at session:ann with 0");
        named.put("held", task("held").claimedBy("ann", 3).made());
        assertThat(decide(named("ann", "held"))).containsExactly("ann has held again");
    }

    @Test
    void what_the_session_gave_back_rests_for_it_and_others_may_have_it() {
        queue(task("t").made(), task("u").made());
        rests.put("t", Set.of("ann"));
        assertThat(decide(any("ann"), any("bob"))).containsExactly("ann has u", "bob has t");
        queue(task("t").made());
        assertThat(decide(any("ann"))).containsExactly("Nothing but what rests");
        assertThat(decide(new Claim("ann", null, 0.1, LEASE))).containsExactly("Nothing but what rests");
        assigned.put("ann", List.of(task("own").assignee("ann").made()));
        rests.put("own", Set.of("ann"));
        assertThat(decide(any("ann"))).containsExactly("Nothing but what rests");
    }

    @Test
    void who_names_what_rests_gets_it() {
        named.put("t", task("t").made());
        rests.put("t", Set.of("ann"));
        assertThat(decide(named("ann", "t"))).containsExactly("ann has t");
    }

    @Test
    void claiming_again_what_i_hold_counts_as_an_attempt_beyond_the_bound_and_ends_with_the_last_one() {
        named.put("t", task("t").claimedBy("ann", 3).reclaims(2).made());
        assertThat(decide(named("ann", "t"))).containsExactly("ann has t again");
        named.put("t", task("t").claimedBy("ann", 3).reclaims(3).made());
        assertThat(decide(named("ann", "t"))).containsExactly("ann has t again, which counts");
        named.put("t", task("t").claimedBy("ann", 3).reclaims(5).attempts(2).made());
        assertThat(decide(named("ann", "t"))).containsExactly("t is DEAD");
    }

    private static Wallets wallets(String swarmLimit) {
        Wallets wallets = new Wallets(swarmLimit);
        for (String id : List.of("ann", "bob", "cid", "eve")) {
            wallets.with(id, "50");
        }
        return wallets;
    }

    private void is(Session session, int leases) {
        claimants.put(session.id(), new Claimant(session, held(leases), false, null));
    }

    private static List<Held> held(int leases) {
        return IntStream.range(0, leases)
                .mapToObj(i -> new Held("h" + i, 1, NOW))
                .toList();
    }

    private void queue(Task... tasks) {
        unassigned.put("red", List.of(tasks));
    }

    private static Session again(Session first) {
        return new Session(
                first.id(),
                first.swarm(),
                first.domains(),
                first.tools(),
                first.provider(),
                first.model(),
                first.hourlyCost(),
                first.maxConcurrentTasks(),
                first.heartbeatSeconds(),
                first.state(),
                first.lastSeen(),
                first.version(),
                first.createdAt(),
                first.enrolment() + 1);
    }

    private static Claim any(String session) {
        return new Claim(session, null, null, LEASE);
    }

    private static Claim named(String session, String task) {
        return new Claim(session, task, null, LEASE);
    }

    private List<String> decide(Claim... claims) {
        Offer offer = new Offer(assigned, unassigned, named, outcomes, rests, seen, NOW);
        return Claiming.decide(List.of(claims), claimants, offer, purses, new Bounds(HALF_LIFE, 3)).stream()
                .map(ClaimingTest::told)
                .toList();
    }

    private static String told(Decision decision) {
        return switch (decision) {
            case Decision.Grant(Claim claim, Task task, boolean again, boolean counts) ->
                claim.session() + " has " + task.id() + (again ? " again" : "") + (counts ? ", which counts" : "");
            case Decision.GiveUp(Change change) ->
                change.before().id() + " is " + change.after().state();
            case Decision.Refuse(Answer.Unpaid(Purses.Verdict.Refused why)) ->
                why.why() + " at " + why.account() + " with " + why.remaining();
            case Decision.Refuse(Answer.Full(int most, List<Held> _)) -> "Full[maxConcurrentTasks=" + most + "]";
            case Decision.Refuse(Answer.Nothing(boolean raced, boolean rests)) ->
                rests ? "Nothing but what rests" : "Nothing[raced=" + raced + "]";
            case Decision.Refuse(Answer answer) -> answer.toString();
        };
    }
}
