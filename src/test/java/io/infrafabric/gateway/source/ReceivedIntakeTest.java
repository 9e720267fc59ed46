package io.infrafabric.gateway.source;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.coordinator.Swarm;
import io.infrafabric.gateway.source.ReceivedTable.Arriving;
import io.infrafabric.gateway.source.ReceivedTable.Known;
import io.infrafabric.gateway.source.ReceivedTable.Stored;
import io.infrafabric.gateway.source.SourceProof.Genuine;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Deliveries that come at the same time are stored together, each once; how many may wait, and for how long they are kept. */
@QuarkusTest
class ReceivedIntakeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    ReceivedIntake intake;

    @Inject
    Pool pool;

    private String source;

    @BeforeEach
    void a_source() {
        Swarm swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
        source = swarm.of("hub");
        String body = "{\"kind\": \"github\", \"swarm\": \"" + swarm.id() + "\", \"secrets\": [\"s\"], \"rules\": []}";
        expect(swarm.api().put("/gateway/sources/" + source, body, operator), 200);
    }

    private Arriving arriving(String key, String delivery) {
        return new Arriving(source, new Genuine(key, delivery, "ping", null), "{}", 2);
    }

    private void sql(String statement, Object... values) {
        pool.preparedQuery(statement).execute(Tuple.from(values)).await().atMost(PATIENCE);
    }

    @Test
    void each_of_many_at_once_is_stored_once_and_the_others_are_told_so() {
        int different = 40;
        List<Uni<Stored>> calls = new ArrayList<>();
        for (int i = 0; i < 5 * different; i++) {
            calls.add(intake.take(arriving("k" + i % different, "d" + i % different)));
        }
        List<Stored> all = Uni.join().all(calls).andFailFast().await().atMost(PATIENCE);
        Map<UUID, Integer> told = new HashMap<>();
        for (Stored one : all) {
            switch (one) {
                case Stored.Now(UUID id) -> told.merge(id, 100, Integer::sum);
                case Stored.Before(List<Known> known) ->
                    told.merge(known.getFirst().id(), 1, Integer::sum);
            }
        }
        assertThat(told)
                .hasSize(different)
                .allSatisfy((id, times) ->
                        assertThat(times).as("stored once, known four times").isEqualTo(104));
    }

    @Test
    void what_is_known_is_told_apart_from_what_is_new_in_one_statement() {
        List<Arriving> first = List.of(arriving("a", "1"), arriving("b", "2"));
        List<UUID> ids = ReceivedTable.store(pool, first, 1000).await().atMost(PATIENCE);
        assertThat(ids).doesNotContainNull().doesNotHaveDuplicates();
        List<Arriving> second = List.of(arriving("b", "2"), arriving("c", "3"), arriving("d", "1"), arriving("a", "9"));
        List<UUID> again = ReceivedTable.store(pool, second, 1000).await().atMost(PATIENCE);
        assertThat(again.get(1)).isNotNull();
        assertThat(again.get(0)).as("the same").isNull();
        assertThat(again.get(2)).as("a delivery's id, with another body").isNull();
        assertThat(again.get(3)).as("a body, with another id").isNull();
        List<List<Known>> known = ReceivedTable.known(
                        pool, List.of(second.get(0), arriving("e", null), second.get(2), second.get(3)))
                .await()
                .atMost(PATIENCE);
        assertThat(known.get(0)).containsExactly(new Known(ids.get(1), "b", "2"));
        assertThat(known.get(1)).isEmpty();
        assertThat(known.get(2)).containsExactly(new Known(ids.get(0), "a", "1"));
        assertThat(known.get(3)).containsExactly(new Known(ids.get(0), "a", "1"));
    }

    @Test
    void no_more_than_so_many_wait() {
        // One that holds up those after it, and is not tried before tomorrow.
        sql(
                "INSERT INTO gateway_delivery (source, swarm, key, state, body, bytes, attempts, not_before)"
                        + " VALUES ($1, 'x', 'holds', 'PENDING', '{}', 2, 1, now() + interval '1 day')",
                source);
        assertThat(ReceivedTable.store(pool, List.of(arriving("a", null)), 1000)
                        .await()
                        .atMost(PATIENCE))
                .doesNotContainNull();
        Arriving more = arriving("b", null);
        assertThat(ReceivedTable.store(pool, List.of(more), 1).await().atMost(PATIENCE))
                .containsOnlyNulls();
        assertThat(ReceivedTable.known(pool, List.of(more)).await().atMost(PATIENCE))
                .containsExactly(List.of());
    }

    @Test
    void what_was_taken_is_known_for_its_days_and_what_was_refused_for_a_day() {
        for (String[] one : new String[][] {
            {"APPLIED", "169 hours"},
            {"APPLIED", "167 hours"},
            {"DEAD", "169 hours"},
            {"REFUSED", "25 hours"},
            {"REFUSED", "23 hours"},
            {"PENDING", "169 hours"}
        }) {
            sql(
                    "INSERT INTO gateway_delivery (source, swarm, key, state, body, bytes, attempts, not_before, received_at)"
                            + " VALUES ($1, 'x', $2, $3, NULL, 2, 1, now() + interval '1 day', now() - $4::text::interval)",
                    source,
                    one[0] + " " + one[1],
                    one[0],
                    one[1]);
        }
        ReceivedTable.purge(pool, Duration.ofDays(7), Duration.ofHours(24))
                .await()
                .atMost(PATIENCE);
        Set<String> left = new TreeSet<>();
        pool.preparedQuery("SELECT key FROM gateway_delivery WHERE source = $1")
                .execute(Tuple.of(source))
                .await()
                .atMost(PATIENCE)
                .forEach(row -> left.add(row.getString(0)));
        assertThat(left).containsExactly("APPLIED 167 hours", "PENDING 169 hours", "REFUSED 23 hours");
    }
}
