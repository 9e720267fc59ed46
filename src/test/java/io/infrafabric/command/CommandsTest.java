package io.infrafabric.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands have their effect once, and their answers are kept with it. */
@QuarkusTest
class CommandsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Inject
    Commands commands;

    @Inject
    Pool pool;

    private final String run = UUID.randomUUID().toString();
    private final List<String> done = new ArrayList<>();

    @BeforeEach
    void table() {
        await(pool.query("CREATE TABLE IF NOT EXISTS command_test (what text PRIMARY KEY)")
                .execute());
    }

    private static <T> T await(Uni<T> uni) {
        return uni.await().atMost(PATIENCE);
    }

    private Keep<String> key(String name) {
        return new Keep<>(
                new Idempotency.Key(run + name, "body"),
                answer -> answer.startsWith("no") ? null : new Idempotency.Answer(201, "\"" + answer + "\""));
    }

    private Uni<String> write(Work work, String command) {
        done.add(command);
        return work.connection()
                .preparedQuery("INSERT INTO command_test VALUES ($1)")
                .execute(Tuple.of(run + command))
                .replaceWith("did " + command);
    }

    private Uni<List<String>> writeAll(Work work, List<String> all) {
        return Uni.join()
                .all(all.stream().map(command -> write(work, command)).toList())
                .andFailFast();
    }

    private long written() {
        return await(pool.preparedQuery("SELECT count(*) FROM command_test WHERE what LIKE $1 || '%'")
                        .execute(Tuple.of(run)))
                .iterator()
                .next()
                .getLong(0);
    }

    @Test
    void one_that_was_done_before_is_answered_as_then() {
        assertThat(await(commands.alone(key("k"), work -> write(work, "a")))).isEqualTo(new Reply.Now<>("did a"));
        assertThat(await(commands.alone(key("k"), work -> write(work, "b"))))
                .isEqualTo(new Reply.Before<>(201, "\"did a\""));
        assertThat(done).containsExactly("a");
        Keep<String> otherBody = new Keep<>(new Idempotency.Key(run + "k", "other"), answer -> null);
        assertThat(await(commands.alone(otherBody, work -> write(work, "c")))).isEqualTo(new Reply.Reused<>());
    }

    @Test
    void of_a_batch_only_those_that_are_new_are_carried_out() {
        await(commands.alone(key("k"), work -> write(work, "a")));
        List<Asked<String, String>> batch =
                List.of(new Asked<>("b", Keep.nothing()), new Asked<>("again", key("k")), new Asked<>("c", key("l")));
        assertThat(await(commands.carryOut(batch, this::writeAll)))
                .containsExactly(
                        new Reply.Now<>("did b"), new Reply.Before<>(201, "\"did a\""), new Reply.Now<>("did c"));
        assertThat(done).containsExactly("a", "b", "c");
        assertThat(written()).isEqualTo(3);
    }

    @Test
    void a_refusal_is_not_kept() {
        assertThat(await(commands.alone(key("k"), work -> Uni.createFrom().item("no"))))
                .isEqualTo(new Reply.Now<>("no"));
        assertThat(await(commands.alone(key("k"), work -> write(work, "a")))).isEqualTo(new Reply.Now<>("did a"));
    }

    @Test
    void an_answer_is_kept_only_with_its_effect() {
        assertThatThrownBy(() -> await(commands.alone(
                        key("k"),
                        work -> write(work, "a")
                                .invoke(() -> work.alongside(
                                        work.connection().query("SELECT 1 / 0").execute())))))
                .hasMessageContaining("division by zero");
        assertThat(written()).isZero();
        assertThat(await(commands.alone(key("k"), work -> write(work, "a")))).isEqualTo(new Reply.Now<>("did a"));
    }

    @Test
    void one_that_was_overtaken_is_run_again() {
        Uni<Reply<String>> command = commands.alone(
                key("k"),
                work -> write(work, "a").invoke(() -> {
                    if (done.size() < Commands.RETRIES + 1) {
                        throw new RunAgain("others were faster");
                    }
                }));
        assertThat(await(command)).isEqualTo(new Reply.Now<>("did a"));
        assertThat(done).hasSize(Commands.RETRIES + 1);
        assertThat(written()).isEqualTo(1);
    }

    @Test
    void commands_that_are_in_flight_together_are_gathered() {
        Pipeline<String, String> pipeline = commands.gathered(
                "test", new io.infrafabric.bus.GroupCommit.Bounds(10, 100, 1), command -> null, this::writeAll);
        List<Reply<String>> replies = await(Uni.join()
                .all(List.of(
                        pipeline.submit("a", key("k")),
                        pipeline.submit("b", Keep.nothing()),
                        pipeline.submit("c", key("k"))))
                .andFailFast());
        assertThat(replies)
                .containsExactly(
                        new Reply.Now<>("did a"), new Reply.Now<>("did b"), new Reply.Before<>(201, "\"did a\""));
    }
}
