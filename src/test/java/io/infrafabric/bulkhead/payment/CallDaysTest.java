package io.infrafabric.bulkhead.payment;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Calls are kept for thirty days, each in the partition of its day; no process can move the database's clock, so days are given. */
@QuarkusTest
class CallDaysTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String TODAY = "(now() AT TIME ZONE 'UTC')::date";

    @Inject
    CallDays days;

    @Inject
    PaymentConfig config;

    @Inject
    Pool pool;

    @Test
    void calls_of_thirty_days_are_kept_and_there_is_room_for_those_to_come() {
        assertThat(config.callDays()).isEqualTo(30);
        // As if processes had run for weeks, and none since: old days are there, and those ahead are not. In one
        // transaction,
        // because the process looks by itself, too.
        sql("SELECT bulkhead_make_day(%1$s - ago) FROM generate_series(29, 32) AS ago;"
                + "SELECT bulkhead_drop_day(%1$s + ahead) FROM generate_series(2, 3) AS ahead;"
                + "INSERT INTO bulkhead_call (day, id, provider, session, swarm, estimate, started_at)"
                + " SELECT %1$s - ago, gen_random_uuid(), 'old', 'ann', 's', 0, now() - ago * interval '1 day'"
                + " FROM generate_series(29, 32) AS ago");

        days.look().await().atMost(PATIENCE);

        assertThat(ages()).contains(30, 29, 1, 0, -1, -2, -3).doesNotContain(31, 32);
        assertThat(callsOf(31) + callsOf(32)).isZero();
        assertThat(List.of(callsOf(29), callsOf(30))).containsExactly(1, 1);
        days.look().await().atMost(PATIENCE);
        assertThat(callsOf(30)).as("a second look takes nothing more").isEqualTo(1);
        sql("SELECT bulkhead_drop_day(%1$s - ago) FROM generate_series(29, 30) AS ago");
    }

    private int callsOf(int ago) {
        return numbers("SELECT count(*)::int FROM bulkhead_call WHERE provider = 'old' AND day = %1$s - " + ago)
                .getFirst();
    }

    /** How old the days are that have a partition. */
    private List<Integer> ages() {
        return numbers("SELECT %1$s - day FROM bulkhead_day");
    }

    private List<Integer> numbers(String statement) {
        List<Integer> numbers = new ArrayList<>();
        pool.query(statement.formatted(TODAY))
                .execute()
                .await()
                .atMost(PATIENCE)
                .forEach(row -> numbers.add(row.getInteger(0)));
        return numbers;
    }

    private void sql(String statement) {
        pool.query(statement.formatted(TODAY)).execute().await().atMost(PATIENCE);
    }
}
