package io.infrafabric.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.GroupCommit;
import io.infrafabric.bus.Turns;
import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.helpers.test.UniAssertSubscriber;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Which commands may share a transaction, and what reaches it. */
class PipelineTest {

    /** A batch under way, which the test ends. */
    private record Batch(List<Asked<String, Integer>> asked, UniEmitter<? super List<Reply<Integer>>> emitter) {
        List<String> commands() {
            return asked.stream().map(Asked::command).toList();
        }

        void end() {
            emitter.complete(asked.stream()
                    .<Reply<Integer>>map(one -> new Reply.Now<>(one.command().length()))
                    .toList());
        }
    }

    private final List<Batch> batches = new ArrayList<>();

    private Pipeline<String, Integer> pipeline(Function<String, Object> entity) {
        return new Pipeline<>(
                "test",
                new GroupCommit.Bounds(10, 100, 1),
                Turns.none(),
                entity,
                asked -> Uni.createFrom().emitter(emitter -> batches.add(new Batch(asked, emitter))));
    }

    private static Keep<Integer> key(String scope) {
        return new Keep<>(new Idempotency.Key(scope, "body"), length -> null);
    }

    private static UniAssertSubscriber<Reply<Integer>> submit(
            Pipeline<String, Integer> pipeline, String command, Keep<Integer> keep) {
        return pipeline.submit(command, keep).subscribe().withSubscriber(UniAssertSubscriber.create());
    }

    @Test
    void commands_on_one_entity_come_one_after_the_other() {
        Pipeline<String, Integer> pipeline = pipeline(command -> command.charAt(0));
        submit(pipeline, "first", Keep.nothing());
        var second = submit(pipeline, "a1", Keep.nothing());
        submit(pipeline, "a2", Keep.nothing());
        submit(pipeline, "b1", Keep.nothing());
        batches.get(0).end();
        assertThat(batches.get(1).commands()).containsExactly("a1", "b1");
        batches.get(1).end();
        assertThat(second.assertCompleted().getItem()).isEqualTo(new Reply.Now<>(2));
        assertThat(batches.get(2).commands()).containsExactly("a2");
    }

    @Test
    void commands_without_an_entity_share_a_batch_except_for_two_uses_of_one_key() {
        Pipeline<String, Integer> pipeline = pipeline(command -> null);
        submit(pipeline, "first", Keep.nothing());
        submit(pipeline, "one", key("k"));
        submit(pipeline, "again", key("k"));
        submit(pipeline, "other", key("l"));
        submit(pipeline, "keyless", Keep.nothing());
        submit(pipeline, "keyless", Keep.nothing());
        batches.get(0).end();
        assertThat(batches.get(1).commands()).containsExactly("one", "other", "keyless", "keyless");
        batches.get(1).end();
        assertThat(batches.get(2).commands()).containsExactly("again");
    }

    @Test
    void what_is_kept_travels_beside_the_command() {
        Keep<Integer> keep = key("k");
        submit(pipeline(command -> null), "one", keep);
        assertThat(batches.getFirst().asked()).containsExactly(new Asked<>("one", keep));
    }
}
