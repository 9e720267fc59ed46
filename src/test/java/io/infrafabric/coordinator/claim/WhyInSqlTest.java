package io.infrafabric.coordinator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Transactions;
import io.infrafabric.coordinator.RandomSwarms;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.transaction.ClaimTransaction;
import io.infrafabric.coordinator.transaction.WhyTransaction;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What {@link WhyNot} says of each task agrees with what the next claim gets, in random swarms of which each has one session. */
@QuarkusTest
class WhyInSqlTest {
    private static final int CASES = 200;
    private static final int TASKS = 8;

    // Some take turns that have come differently far; some wait for a time, or rest for the session.
    private static final String TURNS = """
            UPDATE coordinator_task SET fair_by = CASE WHEN random() < 0.5 THEN 'alice' ELSE 'bob' END
             WHERE id LIKE 'twice-%%' AND random() < 0.5;
            INSERT INTO coordinator_fairness (swarm, key, weight) SELECT 'twice-' || n, 'bob', 2 FROM generate_series(1, %2$d) n;
            INSERT INTO coordinator_turn (swarm, priority, key, at)
            SELECT 'twice-' || n, p, key, CASE key WHEN '' THEN 0 ELSE floor(random() * 3) END
              FROM generate_series(1, %2$d) n, generate_series(0, 2) p, unnest(ARRAY['', 'alice', 'bob', '-']) key
             WHERE n %% 3 > 0;
            UPDATE coordinator_task SET not_before = now() + interval '1 minute', dormant = true
             WHERE id LIKE 'twice-%%' AND state = 'QUEUED' AND random() < 0.1;
            UPDATE coordinator_task SET expires_at = now() - interval '1 minute' WHERE id LIKE 'twice-%%' AND random() < 0.05
               AND split_part(swarm, '-', 2)::int %% 4 = 1;
            UPDATE coordinator_task SET epoch = 1 WHERE id LIKE 'twice-%%' AND random() < 0.2 AND split_part(swarm, '-', 2)::int %% 4 = 0;
            INSERT INTO coordinator_history (task, version, what, by, session, state, epoch, ended, attempts, note)
            SELECT id, 1, 'released', swarm, swarm, 'QUEUED', 1, 1, 0, NULL FROM coordinator_task
             WHERE id LIKE 'twice-%%' AND epoch = 1;
            """;

    @Inject
    Transactions transactions;

    @Inject
    ClaimTransaction claims;

    @Inject
    WhyTransaction whys;

    /** What was said of a task, and what the session then got. */
    private record Told(String task, List<Reason> reasons, WhyNot.Place place, String got) {
        /**
         * A task that has expired and is not cancelled yet, and one that rests, may for that moment hide the one behind it
         * in its lane.
         */
        private boolean isExact() {
            return Integer.parseInt(task.split("-", -1)[1]) % 4 > 1;
        }
    }

    @Test
    void whoever_is_told_no_reason_and_nothing_before_gets_exactly_that_task() {
        List<Told> all = told();
        assertThat(all).hasSize(CASES * TASKS);
        assertThat(all).allSatisfy(one -> {
            if (!one.reasons().isEmpty()) {
                assertThat(one.got()).isNotEqualTo(one.task());
            } else if (one.isExact()) {
                assertThat(one.got().equals(one.task())).isEqualTo(one.place().place() == 0);
            }
        });
        assertThat(all.stream()
                        .filter(one -> one.isExact()
                                && one.reasons().isEmpty()
                                && one.place().place() > 0))
                .isNotEmpty()
                .allSatisfy(one -> assertThat(one.got()).isNotEmpty());
        assertThat(all.stream().filter(one -> one.got().equals(one.task())))
                .as("cases that say something")
                .hasSizeBetween(CASES / 4, CASES);
        Set<Class<?>> kinds = new HashSet<>();
        all.forEach(one -> one.reasons().forEach(reason -> kinds.add(reason.getClass())));
        assertThat(kinds)
                .contains(
                        Reason.Held.class,
                        Reason.Pause.class,
                        Reason.Requirement.class,
                        Reason.Concurrency.class,
                        Reason.Fairness.class,
                        Reason.Money.class,
                        Reason.Time.class,
                        Reason.Expired.class,
                        Reason.Rests.class,
                        Reason.SessionLeft.class);
    }

    private List<Told> told() {
        return new RandomSwarms(transactions)
                .rolledBack(work -> RandomSwarms.make(
                                work, 5, CASES, RandomSwarms.SESSIONS + RandomSwarms.MIXED + TURNS)
                        .chain(() -> RandomSwarms.inTurn(CASES * TASKS, i -> {
                            String swarm = "twice-" + (1 + (i - 1) / TASKS);
                            return whys.why(work, swarm + "-" + (1 + (i - 1) % TASKS), swarm);
                        }))
                        .chain(answers -> RandomSwarms.inBatches(
                                        IntStream.rangeClosed(1, CASES)
                                                .mapToObj(n ->
                                                        new Claim("twice-" + n, null, null, Duration.ofMinutes(10)))
                                                .toList(),
                                        50,
                                        batch -> claims.decide(
                                                work,
                                                batch,
                                                Lock.none(Uni.createFrom().voidItem())))
                                .map(got -> compared(answers, got))));
    }

    private static List<Told> compared(List<WhyTransaction.Answer> answers, List<Answer> got) {
        List<Told> all = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            Task granted = Answer.granted(got.get(i / TASKS));
            WhyTransaction.Answer answer = answers.get(i);
            all.add(new Told(
                    answer.known().task().id(), answer.reasons(), answer.place(), granted == null ? "" : granted.id()));
        }
        return all;
    }
}
