package io.infrafabric.coordinator.task;

import static io.infrafabric.coordinator.Examples.NOW;
import static io.infrafabric.coordinator.Examples.session;
import static io.infrafabric.coordinator.Examples.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.session.Session;
import io.infrafabric.coordinator.task.Submission.Answer;
import io.infrafabric.coordinator.task.Submission.Decision;
import io.infrafabric.coordinator.task.Submission.Known;
import io.infrafabric.coordinator.task.Submission.NewTask;
import io.infrafabric.coordinator.task.Submission.Placed;
import io.infrafabric.coordinator.task.Submission.Submit;
import io.infrafabric.coordinator.task.Task.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SubmissionTest {
    private static final Map<String, String> CLAIMS = Map.of("firm", "red", "shaky", "red", "foreign", "blue");

    private final Map<String, Task> tasks = new HashMap<>();
    private final Map<String, Session> sessions = new HashMap<>();
    private final Map<Checker, String> versions = new HashMap<>();

    @Test
    void a_task_without_dependencies_is_queued() {
        assertThat(accepted(wish("a"))).containsExactly(new Placed(wish("a"), 0, List.of(), List.of()));
        assertThat(new Placed(wish("a"), 0, List.of(), List.of()).state()).isEqualTo(State.QUEUED);
    }

    @Test
    void a_task_waits_for_its_dependencies_but_for_those_that_are_done() {
        known(task("open").made(), task("done").state(State.DONE).made());
        known(task("dead").state(State.DEAD).made());
        NewTask wish = wish("a", "open", "done", "dead");
        assertThat(accepted(wish)).containsExactly(new Placed(wish, 2, List.of("dead"), List.of()));
        assertThat(new Placed(wish, 2, List.of(), List.of()).state()).isEqualTo(State.WAITING);
        assertThat(accepted(wish("b", "done"))).extracting(Placed::state).containsExactly(State.QUEUED);
    }

    @Test
    void tasks_of_one_command_may_depend_on_each_other_in_any_order() {
        NewTask second = wish("second", "first");
        assertThat(accepted(second, wish("first")))
                .containsExactly(
                        new Placed(second, 1, List.of(), List.of()),
                        new Placed(wish("first"), 0, List.of(), List.of()));
    }

    @Test
    void a_checker_is_pinned_to_its_version_when_the_task_is_submitted() {
        Checker newest = new Checker("schema", null, null);
        versions.put(newest, "abc");
        NewTask wish = task("a").check(newest).wish();
        assertThat(accepted(wish)).extracting(placed -> placed.task().check()).containsExactly(newest.pinned("abc"));
        assertThat(wish.standsAlone()).isFalse();
    }

    @Test
    void a_task_whose_checker_does_not_exist_is_refused() {
        Checker unknown = new Checker("schema", "f".repeat(64), null);
        assertThat(refused(task("a").check(unknown).wish())).isEqualTo(new Answer.UnknownModule("a", unknown));
    }

    @Test
    void a_task_that_is_there_already_needs_its_checker_no_more() {
        known(task("a").hash("hash of a").made());
        NewTask same = task("a")
                .hash("hash of a")
                .check(new Checker("gone", null, null))
                .wish();
        assertThat(decide(same)).isInstanceOf(Decision.Accept.class);
    }

    @Test
    void an_unknown_swarm_is_refused() {
        assertThat(refused(in("blue", wish("a")))).isEqualTo(new Answer.UnknownSwarm("blue"));
    }

    @Test
    void the_same_id_with_the_same_body_is_there_already() {
        Task there = task("a").hash("hash of a").made();
        known(there);
        assertThat(decide(wish("a"))).isEqualTo(new Decision.Accept(List.of(), Map.of("a", there)));
    }

    @Test
    void what_is_there_already_is_not_checked_anew() {
        known(task("a").hash("hash of a").made());
        assertThat(decide(wish("a", "gone"))).isInstanceOf(Decision.Accept.class);
    }

    @Test
    void the_same_id_with_another_body_is_refused() {
        known(task("a").hash("another").made());
        assertThat(refused(wish("a"))).isEqualTo(new Answer.Exists("a"));
    }

    @Test
    void of_a_batch_that_is_partly_there_the_rest_is_added() {
        Task there = task("a").hash("hash of a").made();
        known(there);
        NewTask fresh = wish("b", "a");
        assertThat(decide(wish("a"), fresh))
                .isEqualTo(
                        new Decision.Accept(List.of(new Placed(fresh, 1, List.of(), List.of())), Map.of("a", there)));
    }

    @Test
    void one_refused_task_refuses_the_whole_command() {
        known(task("b").hash("another").made());
        assertThat(refused(wish("a"), wish("b"), wish("c"))).isEqualTo(new Answer.Exists("b"));
    }

    @Test
    void the_same_id_twice_in_one_command_is_refused() {
        assertThat(refused(wish("a"), wish("a"))).isEqualTo(new Answer.Twice("a"));
    }

    @Test
    void a_dependency_must_be_a_task_of_the_same_swarm() {
        known(task("elsewhere").swarm("blue").made());
        assertThat(refused(wish("a", "gone"))).isEqualTo(new Answer.UnknownDependency("a", "gone"));
        assertThat(refused(wish("a", "elsewhere"))).isEqualTo(new Answer.UnknownDependency("a", "elsewhere"));
        Decision across = Submission.decide(
                new Submit("olga", List.of(wish("a", "b"), in("blue", wish("b"))), true),
                new Known(Set.of("red", "blue"), Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), NOW));
        assertThat(across).isEqualTo(new Decision.Refuse(new Answer.UnknownDependency("a", "b")));
    }

    @Test
    void an_assignee_must_be_a_session_of_the_swarm_that_has_not_left() {
        for (Session.State state : Session.State.values()) {
            sessions.put("ann", session("ann", "red", List.of(), List.of(), 3, state));
            if (state == Session.State.LEFT) {
                assertThat(refused(to("ann", wish("a")))).isEqualTo(new Answer.UnknownAssignee("a", "ann"));
            } else {
                assertThat(accepted(to("ann", wish("a")))).hasSize(1);
            }
        }
        sessions.put("eve", session("eve", "blue", List.of(), List.of(), 3, Session.State.LIVE));
        assertThat(refused(to("eve", wish("a")))).isEqualTo(new Answer.UnknownAssignee("a", "eve"));
        assertThat(refused(to("nobody", wish("a")))).isEqualTo(new Answer.UnknownAssignee("a", "nobody"));
    }

    @Test
    void an_assignee_must_have_every_name_that_the_task_requires_among_its_domains_and_tools() {
        sessions.put("ann", session("ann", "red", List.of("gpu"), List.of("docker"), 3, Session.State.LIVE));
        assertThat(accepted(requiring("ann", "docker", "gpu"))).hasSize(1);
        assertThat(refused(requiring("ann", "docker", "arm", "gpu", "zig")))
                .isEqualTo(new Answer.AssigneeLacks("a", "ann", List.of("arm", "zig")));
        assertThat(accepted(requiring(null, "arm")))
                .as("it is for whoever has it")
                .hasSize(1);
    }

    @Test
    void a_cycle_is_refused_and_named() {
        assertThat(refused(wish("a", "a"))).isEqualTo(new Answer.Cycle(List.of("a")));
        assertThat(refused(wish("a", "b"), wish("b", "a"))).isEqualTo(new Answer.Cycle(List.of("a", "b")));
        // d and e hang on the circle, f is apart: none of them is in it.
        assertThat(refused(wish("d", "a"), wish("a", "b"), wish("b", "c"), wish("c", "a"), wish("e", "d"), wish("f")))
                .isEqualTo(new Answer.Cycle(List.of("a", "b", "c")));
    }

    @Test
    void a_diamond_is_no_cycle() {
        assertThat(accepted(wish("d", "b", "c"), wish("b", "a"), wish("c", "a"), wish("a")))
                .extracting(Placed::openDependencies)
                .containsExactly(2, 1, 1, 0);
    }

    @Test
    void a_long_chain_is_no_cycle() {
        NewTask[] chain = new NewTask[1000];
        chain[0] = wish("t0");
        for (int i = 1; i < chain.length; i++) {
            chain[i] = wish("t" + i, "t" + (i - 1));
        }
        assertThat(accepted(chain)).hasSize(1000);
    }

    private void known(Task... all) {
        for (Task task : all) {
            tasks.put(task.id(), task);
        }
    }

    private static NewTask wish(String id, String... dependsOn) {
        return wish(id, "red", null, List.of(dependsOn));
    }

    private static NewTask in(String swarm, NewTask task) {
        return wish(task.id(), swarm, task.assignee(), task.dependsOn());
    }

    @Test
    void a_task_that_rests_on_a_disputed_claim_waits_for_the_end_of_the_dispute() {
        NewTask shaky = on(List.of("firm", "shaky"));
        assertThat(accepted(shaky)).containsExactly(new Placed(shaky, 1, List.of(), List.of("shaky")));
        assertThat(accepted(on(List.of("firm")))).extracting(Placed::state).containsExactly(State.QUEUED);
    }

    @Test
    void a_task_rests_on_claims_of_its_own_swarm() {
        assertThat(refused(on(List.of("firm", "nowhere")))).isEqualTo(new Answer.UnknownBasis("t", "nowhere"));
        assertThat(refused(on(List.of("foreign")))).isEqualTo(new Answer.UnknownBasis("t", "foreign"));
    }

    private static NewTask on(List<String> basis) {
        return task("t").basis(basis).wish();
    }

    private static NewTask to(String assignee, NewTask task) {
        return wish(task.id(), task.swarm(), assignee, task.dependsOn());
    }

    private static NewTask requiring(String assignee, String... names) {
        return task("a").assignee(assignee).requires(names).wish();
    }

    private static NewTask wish(String id, String swarm, String assignee, List<String> dependsOn) {
        return task(id).swarm(swarm)
                .assignee(assignee)
                .dependsOn(dependsOn)
                .hash("hash of " + id)
                .wish();
    }

    private Decision decide(NewTask... wishes) {
        return Submission.decide(
                new Submit("olga", List.of(wishes), true),
                new Known(
                        Set.of("red"),
                        tasks,
                        sessions,
                        Map.of("shaky", "red", "foreign", "blue"),
                        CLAIMS,
                        versions,
                        NOW));
    }

    private List<Placed> accepted(NewTask... wishes) {
        Decision decision = decide(wishes);
        assertThat(decision).isInstanceOf(Decision.Accept.class);
        return ((Decision.Accept) decision).fresh();
    }

    private Answer refused(NewTask... wishes) {
        Decision decision = decide(wishes);
        assertThat(decision).isInstanceOf(Decision.Refuse.class);
        return ((Decision.Refuse) decision).answer();
    }
}
