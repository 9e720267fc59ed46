package io.infrafabric.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The fixture is what the documents say. */
class BoardTest {
    private final Board board = Board.load();

    @Test
    void hasSevenSessionsAndFiftySixTasksWithDistinctIds() {
        assertThat(board.swarm()).isEqualTo("phase0");
        assertThat(board.members()).extracting(Board.Member::id).hasSize(7).doesNotHaveDuplicates();
        assertThat(board.tasks()).extracting(Board.Task::id).hasSize(56).doesNotHaveDuplicates();
        assertThat(board.tasks()).filteredOn(Board.Task::filler).hasSize(28);
    }

    @Test
    void everyIdIsOneThatTheFabricAccepts() {
        assertThat(board.tasks())
                .extracting(Board.Task::id)
                .allMatch(id -> id.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,127}"));
        assertThat(board.members())
                .extracting(Board.Member::id)
                .allMatch(id -> id.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,127}"));
    }

    @Test
    void dependenciesAreOnTheBoardAndHaveNoCycle() {
        Set<String> ids = board.tasksById().keySet();
        assertThat(board.tasks()).allSatisfy(task -> assertThat(ids).containsAll(task.dependsOn()));
        Set<String> done = new HashSet<>();
        List<Board.Task> open = new ArrayList<>(board.tasks());
        while (open.removeIf(task -> done.containsAll(task.dependsOn()) && done.add(task.id()))) {
            assertThat(done).isNotEmpty();
        }
        assertThat(open).isEmpty();
    }

    @Test
    void nothingOnTheCriticalPathWaitsForAFiller() {
        Set<String> critical = board.tasks().stream()
                .filter(task -> !task.filler())
                .map(Board.Task::id)
                .collect(Collectors.toSet());
        assertThat(board.tasks())
                .filteredOn(task -> !task.filler())
                .allSatisfy(task -> assertThat(critical).containsAll(task.dependsOn()));
        assertThat(board.tasks())
                .filteredOn(Board.Task::filler)
                .allSatisfy(task -> assertThat(task.dependsOn()).isEmpty());
    }

    @Test
    void theMoneyAddsUp() {
        assertThat(sum(board.tasks().stream().filter(task -> !task.filler()).toList()))
                .isEqualByComparingTo(board.documented().criticalCost())
                .isEqualByComparingTo("735");
        assertThat(sum(board.tasks())).isEqualByComparingTo("1200");
        assertThat(board.tasks())
                .allSatisfy(task -> assertThat(task.estimatedCost())
                        .isEqualByComparingTo(task.estimatedHours().multiply(BigDecimal.valueOf(15))));
    }

    @Test
    void nineteenTasksWereDoneMoreThanOnceByKnownSessions() {
        List<String> members = board.members().stream().map(Board.Member::id).toList();
        assertThat(board.tasks())
                .filteredOn(task -> !task.doneBy().isEmpty())
                .hasSize(board.documented().doneMoreThanOnce())
                .hasSize(19)
                .allSatisfy(
                        task -> assertThat(task.doneBy()).hasSizeGreaterThan(1).isSubsetOf(members));
        assertThat(board.tasks()).extracting(Board.Task::plannedAssignee).isSubsetOf(members);
        assertThat(board.documented().pollingMillis()).isEqualTo(30_000);
    }

    @Test
    void theMishapsNameWhoAndWhatIsOnTheBoard() {
        assertThat(board.members()).extracting(Board.Member::id).contains(Sample.FREEZES);
        assertThat(board.tasksById().get(Agent.FAILS_ONCE).dependsOn()).isEmpty();
        assertThat(board.tasks()).noneMatch(task -> task.dependsOn().contains(Agent.FAILS_ONCE));
    }

    private static BigDecimal sum(List<Board.Task> tasks) {
        return tasks.stream().map(Board.Task::estimatedCost).reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
