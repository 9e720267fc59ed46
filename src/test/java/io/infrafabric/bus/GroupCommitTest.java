package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Vertx;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GroupCommitTest {
    private record Command(String entity, int number) {}

    private record Batch(List<Command> commands, UniEmitter<? super List<String>> emitter) {
        void commit() {
            emitter.complete(
                    commands.stream().map(command -> "done " + command.number()).toList());
        }
    }

    private final List<Batch> batches = new CopyOnWriteArrayList<>();

    private GroupCommit<Command, String> group(int maxBatch, int maxQueued, int maxParallel) {
        return new GroupCommit<>(
                "test",
                new GroupCommit.Bounds(maxBatch, maxQueued, maxParallel),
                Command::entity,
                commands -> Uni.createFrom().emitter(emitter -> batches.add(new Batch(commands, emitter))));
    }

    private static UniAssertSubscriber<String> submit(GroupCommit<Command, String> group, String entity, int number) {
        return group.submit(new Command(entity, number)).subscribe().withSubscriber(UniAssertSubscriber.create());
    }

    private List<Integer> numbers(int batch) {
        return batches.get(batch).commands().stream().map(Command::number).toList();
    }

    /** Submits these on one event loop, to transactions of at most three; returns when all were let in. */
    private void submitOnVertx(Vertx vertx, Duration patience, int commands) throws Exception {
        GroupCommit<Command, String> group = new GroupCommit<>(
                "test",
                new GroupCommit.Bounds(3, 100, 2),
                new Turns(vertx, patience),
                Command::entity,
                batch -> Uni.createFrom().emitter(emitter -> batches.add(new Batch(batch, emitter))));
        CountDownLatch submitted = new CountDownLatch(1);
        vertx.runOnContext(start -> {
            for (int i = 0; i < commands; i++) {
                submit(group, "e" + i, i);
            }
            submitted.countDown();
        });
        assertThat(submitted.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatDoesNotFillABatchWaitsForTheOneUnderWay() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            submitOnVertx(vertx, Duration.ofHours(1), 3);

            assertThat(batches).hasSize(1);
            batches.get(0).commit();
            await().untilAsserted(() -> assertThat(batches).hasSize(2));
            assertThat(numbers(1)).containsExactly(1, 2);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void kindsTakeTurns() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Turns turns = new Turns(vertx, Duration.ofHours(1));
            List<GroupCommit<Command, String>> kinds = Stream.of("one", "two", "three")
                    .map(name -> new GroupCommit<Command, String>(
                            name,
                            new GroupCommit.Bounds(3, 100, 2),
                            turns,
                            Command::entity,
                            batch -> Uni.createFrom().emitter(emitter -> batches.add(new Batch(batch, emitter)))))
                    .toList();
            for (int i = 0; i < 6; i++) {
                submit(kinds.get(i % 3), "e" + i, i);
            }

            assertThat(batches).hasSize(1);
            for (List<Integer> next : List.of(List.of(0), List.of(1, 4), List.of(2, 5), List.of(3))) {
                await().untilAsserted(
                                () -> assertThat(numbers(batches.size() - 1)).isEqualTo(next));
                batches.getLast().commit();
            }
            assertThat(batches).hasSize(4);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aFullBatchIsBegunBesideTheOneUnderWay() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            submitOnVertx(vertx, Duration.ofHours(1), 5);

            assertThat(batches).hasSize(2);
            assertThat(numbers(1)).containsExactly(1, 2, 3);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void patienceEnds() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            submitOnVertx(vertx, Duration.ofMillis(20), 2);

            await().untilAsserted(() -> assertThat(batches).hasSize(2));
            assertThat(numbers(0)).containsExactly(0);
            assertThat(numbers(1)).containsExactly(1);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void whileOneBatchCommitsTheNextOneFills() {
        GroupCommit<Command, String> group = group(2, 100, 1);
        List<UniAssertSubscriber<String>> answers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            answers.add(submit(group, "e" + i, i));
        }

        assertThat(batches).hasSize(1);
        assertThat(numbers(0)).containsExactly(0);
        batches.get(0).commit();
        assertThat(numbers(1)).containsExactly(1, 2);
        batches.get(1).commit();
        assertThat(numbers(2)).containsExactly(3);
        batches.get(2).commit();

        for (int i = 0; i < 4; i++) {
            answers.get(i).assertCompleted().assertItem("done " + i);
        }
    }

    @Test
    void commandsOnOneEntityNeverMeet() {
        GroupCommit<Command, String> group = group(10, 100, 2);
        submit(group, "a", 0);
        submit(group, "a", 1);
        submit(group, "b", 2);
        submit(group, "a", 3);
        submit(group, "c", 4);

        assertThat(batches).hasSize(2);
        assertThat(numbers(0)).containsExactly(0);
        assertThat(numbers(1)).containsExactly(2);
        batches.get(1).commit();
        assertThat(numbers(2)).containsExactly(4);
        batches.get(0).commit();
        assertThat(numbers(3)).containsExactly(1);
        batches.get(3).commit();
        assertThat(numbers(4)).containsExactly(3);
    }

    @Test
    void aFailedBatchIsRedoneOneAtATimeSoThatOnlyTheGuiltyFails() {
        GroupCommit<Command, String> group = group(10, 100, 1);
        submit(group, "first", 0);
        UniAssertSubscriber<String> good = submit(group, "a", 1);
        UniAssertSubscriber<String> bad = submit(group, "b", 2);
        UniAssertSubscriber<String> alsoGood = submit(group, "c", 3);
        batches.get(0).commit();

        batches.get(1).emitter().fail(new IllegalStateException("one of us"));
        assertThat(numbers(2)).containsExactly(1);
        batches.get(2).commit();
        assertThat(numbers(3)).containsExactly(2);
        batches.get(3).emitter().fail(new IllegalStateException("me"));
        assertThat(numbers(4)).containsExactly(3);
        batches.get(4).commit();

        good.assertItem("done 1");
        bad.assertFailedWith(IllegalStateException.class, "me");
        alsoGood.assertItem("done 3");
    }

    @Test
    void whoIsAbortedAloneIsRunAgain() {
        GroupCommit<Command, String> group = group(10, 100, 1);
        UniAssertSubscriber<String> answer = submit(group, "a", 0);

        batches.get(0).emitter().fail(new RunAgain("another was faster"));
        batches.get(1).emitter().fail(new RunAgain("and again"));
        batches.get(2).commit();

        answer.assertItem("done 0");
        assertThat(batches).hasSize(3);
    }

    @Test
    void whoIsAlwaysAbortedIsToldThatNothingWasDone() {
        GroupCommit<Command, String> group = group(10, 100, 1);
        submit(group, "first", 0);
        UniAssertSubscriber<String> unlucky = submit(group, "a", 1);
        UniAssertSubscriber<String> other = submit(group, "b", 2);
        batches.get(0).commit();

        batches.get(1).emitter().fail(new RunAgain("one of us"));
        for (int i = 0; i < GroupCommit.TRIES; i++) {
            assertThat(numbers(2 + i)).containsExactly(1);
            batches.get(2 + i).emitter().fail(new RunAgain("me"));
        }
        batches.get(2 + GroupCommit.TRIES).commit();

        assertThat(unlucky.getFailure())
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(Code.IF_ERR_OVERLOADED));
        other.assertItem("done 2");
    }

    @Test
    void whenTheDatabaseIsAwayTheWholeBatchFailsAtOnce() {
        GroupCommit<Command, String> group = group(10, 100, 1);
        submit(group, "first", 0);
        UniAssertSubscriber<String> one = submit(group, "a", 1);
        UniAssertSubscriber<String> two = submit(group, "b", 2);
        batches.get(0).commit();

        batches.get(1).emitter().fail(new ConnectException("refused"));

        one.assertFailedWith(ConnectException.class);
        two.assertFailedWith(ConnectException.class);
        assertThat(batches).hasSize(2);
        submit(group, "a", 3);
        assertThat(numbers(2)).containsExactly(3);
    }

    @Test
    void moreThanMayWaitAreRefused() {
        GroupCommit<Command, String> group = group(10, 2, 1);
        submit(group, "running", 0);
        submit(group, "a", 1);
        submit(group, "a", 2);

        assertThatThrownBy(() -> group.submit(new Command("b", 3)).await().indefinitely())
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(Code.IF_ERR_OVERLOADED));
    }

    @Test
    void aBatchWithTooFewAnswersIsABug() {
        GroupCommit<Command, String> group = group(10, 10, 1);
        UniAssertSubscriber<String> answer = submit(group, "a", 0);

        batches.get(0).emitter().complete(List.of());

        answer.assertFailedWith(IllegalStateException.class);
    }

    @Test
    void aThrowingCommitFailsItsCommandsAndNothingElse() {
        GroupCommit<String, String> group =
                new GroupCommit<>("test", new GroupCommit.Bounds(1, 10, 1), command -> null, commands -> {
                    if (commands.contains("bad")) {
                        throw new IllegalStateException("bug");
                    }
                    return Uni.createFrom().item(commands);
                });

        assertThatThrownBy(() -> group.submit("bad").await().indefinitely()).hasMessage("bug");
        assertThat(group.submit("good").await().indefinitely()).isEqualTo("good");
    }
}
