package io.infrafabric.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The sample against a coordinator of its own contract, which is not always at its best. */
class SampleTest {
    private static final Duration FAST = Duration.ofMillis(5);
    private static final Duration SLOW_ENOUGH_TO_OVERLAP = Duration.ofMillis(100);

    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private FakeCoordinator coordinator;

    /** Fast, but for the lease that has to end. */
    private record Fast(Duration boardHour, Duration timeLimit) implements SampleConfig {

        @Override
        public Duration arrivalGap() {
            return Duration.ofMillis(1);
        }

        @Override
        public Duration claimWait() {
            return Duration.ofSeconds(2);
        }

        @Override
        public Duration lease() {
            return Duration.ofSeconds(60);
        }

        @Override
        public Duration frozenLease() {
            return Duration.ofSeconds(1);
        }
    }

    @BeforeEach
    void startCoordinator() throws IOException {
        coordinator = new FakeCoordinator();
    }

    @AfterEach
    void stopCoordinator() {
        coordinator.close();
    }

    @Test
    void playsTheWholeBoardOnceAndShowsWhatHappened() throws InterruptedException {
        coordinator.steals = "overload-session-2-webrtc";

        Summary summary = play(30).orElseThrow();

        assertThat(summary.trouble()).isNull();
        assertThat(summary.done()).isEqualTo(56);
        assertThat(summary.left()).isEmpty();
        assertThat(summary.heldByTwo()).isZero();
        assertThat(summary.doneTwice()).isZero();
        assertThat(summary.begunTooEarly()).isZero();
        assertThat(summary.refusedLate()).isEqualTo(1);
        assertThat(summary.failed()).isEqualTo(1);
        assertThat(summary.pickups().count()).isPositive();
        assertThat(coordinator.completions).hasSize(56 + 18 + 1).doesNotHaveDuplicates();
        assertThat(coordinator.left).hasSize(7 + 7 + 1);
        assertThat(coordinator.limited).hasSize(8).contains("swarm:phase0", "session:session-7-ifbus");
        assertThat(coordinator.helped)
                .containsExactly(
                        "accept", "resolve", "accept", "resolve", "accept", "resolve", "accept", "resolve", "withdraw");
        assertThat(output())
                .contains("56 of 56")
                .contains("5 raised, 4 helped by 4 who fit")
                .contains("sent 6 to help session 4, and 3 of them were of no use")
                .contains("18 of 28 critical tasks with 2 sessions, the other 5 idle")
                .contains("8 stolen by 1 that can do them (score at least 0.70), 10 kept by their owners")
                .contains("the first was refused (lacks the pages), the second was accepted: the task is DONE")
                .contains("half way one stopped answering")
                .containsPattern(
                        "calls to the other two: (\\d+) of \\1 answered, p50 [0-9.]+ ms before that, [0-9.]+ ms after it")
                .containsPattern(
                        "calls to that one: \\d+ answered before; after it 2 waited 1 s in vain, \\d+ were refused at once")
                .contains("19 [1]")
                .contains("session-7-ifbus", "2025-11-11T23:54:43Z")
                .contains("30,000 ms between two polls [2]")
                .contains("S2-CRITICAL-BUGS-AND-FIXES.md")
                .contains("6 of 7 approve: APPROVED; the objection is in the memo")
                .contains("15 of 19 (79 %) stated, 20 of 23 (87 %) listed [3]")
                .doesNotContain("\r");
        assertThat(summary.lines()).hasSizeLessThanOrEqualTo(15).allMatch(line -> line.length() <= 120);
    }

    @Test
    void callsToModelsAreLeftOutWhereTheFabricDoesNotForwardThem() throws InterruptedException {
        coordinator.forwards = false;

        assertThat(play(30).orElseThrow().trouble()).isNull();

        assertThat(output())
                .contains("56 of 56")
                .contains("Its calls to models are left out", "IF_ERR_INVALID_ARGUMENT");
    }

    /** It comes along with the sample, and the documentation has it with its source. */
    @Test
    void theCheckerIsTheOneOfTheDocumentation() throws IOException {
        try (InputStream played = getClass().getResourceAsStream("/sample/schema.wasm")) {
            assertThat(played.readAllBytes()).isEqualTo(Files.readAllBytes(Path.of("docs/checkers/schema.wasm")));
        }
    }

    @Test
    void aTaskGrantedToTwoIsSeen() throws InterruptedException {
        coordinator.grantsTwice = "P0.3.1";

        Summary summary = play(SLOW_ENOUGH_TO_OVERLAP, 30).orElseThrow();

        assertThat(summary.heldByTwo()).isEqualTo(1);
        assertThat(summary.doneTwice()).isEqualTo(1);
    }

    @Test
    void doesNothingWhereItWasPlayedBefore() throws InterruptedException {
        coordinator.swarms.put("phase0", 56);

        assertThat(play(30)).isEmpty();
        assertThat(output()).isEmpty();
    }

    /** Some sessions and no task, or some tasks: their ids are taken. */
    @Test
    void isRepeatedUnderOtherIdsAfterItBrokeOff() throws InterruptedException {
        coordinator.swarms.putAll(Map.of("phase0", 0, "phase0-2", 12));

        Summary summary = play(30).orElseThrow();

        assertThat(summary.trouble()).isNull();
        assertThat(summary.done()).isEqualTo(56);
        assertThat(summary.refusedLate()).as("of the one that froze").isEqualTo(1);
        assertThat(summary.failed()).as("the attempt that is to fail").isEqualTo(1);
        assertThat(coordinator.completions).contains("P0.1.1-3").allMatch(task -> task.endsWith("-3"));
        assertThat(coordinator.limited).contains("swarm:phase0-3", "session:session-7-ifbus-3");
        assertThat(output())
                .contains("The play of the sample swarm phase0 broke off", "phase0-2 broke off", "56 of 56")
                .contains("5 raised, 4 helped by 4 who fit")
                .contains("18 of 28 critical tasks with 2 sessions, the other 5 idle")
                .contains("6 of 7 approve: APPROVED; the objection is in the memo");
    }

    @Test
    void anUnexpectedAnswerEndsThePlayWithAClearMessage() throws InterruptedException {
        coordinator.breaksOnBatch = true;

        Summary summary = play(30).orElseThrow();

        assertThat(summary.trouble())
                .isEqualTo("POST /coordinator/tasks/batch answered 500 {\"code\":\"IF_ERR_INTERNAL\"}");
        assertThat(output()).contains("Ended early: POST /coordinator/tasks/batch answered 500");
    }

    @Test
    void saysWhatIsLeftWhenTheTimeIsUp() throws InterruptedException {
        coordinator.hides = "P0.1.1";

        Summary summary = play(3).orElseThrow();

        assertThat(summary.trouble()).isEqualTo("not finished within 3 s");
        assertThat(summary.left()).contains("P0.1.1", "P0.1.2", "P0.5.5").doesNotContain("P0.2.1");
        assertThat(output()).contains("Left: P0.1.1, P0.1.2").contains(" more");
    }

    @Test
    void aFabricThatIsNotThereHarmsNobody() throws InterruptedException {
        URI nobody = coordinator.base();
        coordinator.close();

        Thread sample =
                Sample.start(nobody, FakeCoordinator.OPERATOR, new Fast(FAST, Duration.ofSeconds(5)), stream(), false);

        assertThat(sample.join(Duration.ofSeconds(30))).isTrue();
        assertThat(output())
                .contains("The sample swarm cannot be played: GET /coordinator/swarms/phase0 had no answer");
    }

    @Test
    void anInterruptedPlayEnds() throws InterruptedException {
        coordinator.hides = "P0.1.1";
        Thread sample = Sample.start(
                coordinator.base(), FakeCoordinator.OPERATOR, new Fast(FAST, Duration.ofSeconds(60)), stream(), false);

        sample.interrupt();

        assertThat(sample.join(Duration.ofSeconds(30))).isTrue();
        assertThat(output()).contains("The sample swarm was interrupted.");
    }

    @Test
    void aTerminalsProgressLineIsRewrittenInPlace() {
        Progress progress = new Progress(stream(), true);
        progress.show(14, 56, 3);
        progress.show(28, 56, 4);
        progress.end();
        assertThat(output())
                .isEqualToNormalizingNewlines(
                        "\r[#######.....................] Sample swarm: 14 of 56 tasks done,  3 at work"
                                + "\r[##############..............] Sample swarm: 28 of 56 tasks done,  4 at work\n");
    }

    private Optional<Summary> play(int limitSeconds) throws InterruptedException {
        return play(FAST, limitSeconds);
    }

    private Optional<Summary> play(Duration boardHour, int limitSeconds) throws InterruptedException {
        return new Sample(new Fast(boardHour, Duration.ofSeconds(limitSeconds)), stream(), false)
                .play(coordinator.base(), FakeCoordinator.OPERATOR);
    }

    private PrintStream stream() {
        return new PrintStream(shown, true, StandardCharsets.UTF_8);
    }

    private String output() {
        return shown.toString(StandardCharsets.UTF_8);
    }
}
