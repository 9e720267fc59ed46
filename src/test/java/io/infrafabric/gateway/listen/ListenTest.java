package io.infrafabric.gateway.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.coordinator.Swarm;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ListenTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MANY = 60;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    MeterRegistry metrics;

    @Inject
    Pool pool;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();

    private Swarm swarm;

    /** An open stream, as a client reads it. */
    private final class Ear {
        private final Queue<String> lines = new ConcurrentLinkedQueue<>();
        private final CompletableFuture<HttpResponse<Void>> end;

        Ear(String session, long after) {
            end = http.sendAsync(
                    HttpRequest.newBuilder(fabric.resolve("/gateway/listen?after=" + after))
                            .header("Authorization", "Bearer " + swarm.token(session))
                            .build(),
                    BodyHandlers.fromLineSubscriber(new java.util.concurrent.Flow.Subscriber<String>() {
                        @Override
                        public void onSubscribe(java.util.concurrent.Flow.Subscription subscription) {
                            subscription.request(Long.MAX_VALUE);
                        }

                        @Override
                        public void onNext(String line) {
                            lines.add(line);
                        }

                        @Override
                        public void onError(Throwable broken) {}

                        @Override
                        public void onComplete() {}
                    }));
        }

        List<String> heard() {
            return lines.stream().filter(line -> !line.equals(":")).toList();
        }
    }

    @BeforeEach
    void a_swarm() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("anna");
    }

    @AfterEach
    void hang_up() {
        http.shutdownNow();
    }

    @Test
    void whatever_comes_to_the_inbox_is_a_line_and_a_later_stream_goes_on_after_it() {
        swarm.submit("before", "assignee", swarm.of("anna"));
        Ear first = new Ear("anna", 0);
        await().atMost(PATIENCE).until(() -> first.heard().size() == 1);
        assertThat(first.lines).as("it says at once that it is there").first().isEqualTo(":");
        swarm.submit("after", "assignee", swarm.of("anna"));
        await().atMost(PATIENCE).until(() -> first.heard().size() == 2);
        assertThat(first.heard())
                .containsExactly(
                        "1 taskAssigned task:" + swarm.of("before") + " Task " + swarm.of("before")
                                + " is assigned to you; claim it.",
                        "2 taskAssigned task:" + swarm.of("after") + " Task " + swarm.of("after")
                                + " is assigned to you; claim it.");
        Ear second = new Ear("anna", 1);
        await().atMost(PATIENCE).until(() -> second.heard().size() == 1);
        assertThat(second.heard().getFirst()).startsWith("2 ");
    }

    @Test
    void an_open_stream_keeps_its_session_alive_and_its_kept_leases() {
        swarm.submit("t");
        swarm.claims("anna", "t", "keep", "true", "leaseSeconds", "1000");
        Ear ear = new Ear("anna", 0);
        await().atMost(PATIENCE).until(() -> !ear.lines.isEmpty());
        sql("UPDATE coordinator_session SET last_seen = now() - interval '60 seconds' WHERE id = $1", swarm.of("anna"));
        sql("UPDATE coordinator_task SET lease_until = now() + interval '100 seconds' WHERE id = $1", swarm.of("t"));
        await().atMost(PATIENCE)
                .until(() -> count(
                                "SELECT count(*) FROM coordinator_session s JOIN coordinator_task t ON t.holder = s.id"
                                        + " WHERE s.id = $1 AND s.last_seen > now() - interval '50 seconds'"
                                        + " AND t.lease_until > now() + interval '900 seconds'",
                                swarm.of("anna"))
                        == 1);
    }

    @Test
    void a_stream_ends_with_its_token() {
        Ear ear = new Ear("anna", 0);
        await().atMost(PATIENCE).until(() -> !ear.lines.isEmpty());
        assertThat(swarm.api()
                        .delete(swarm.session("anna") + "/tokens", operator)
                        .status())
                .isEqualTo(204);
        await().atMost(PATIENCE).until(ear.end::isDone);
    }

    @Test
    void one_session_cannot_take_all_streams() {
        List<Ear> ears = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Ear ear = new Ear("anna", 0);
            ears.add(ear);
            await().atMost(PATIENCE).until(() -> !ear.lines.isEmpty());
        }
        Ear fifth = new Ear("anna", 0);
        assertThat(fifth.end.join().statusCode()).isEqualTo(429);
        assertThat(ears).noneMatch(ear -> ear.end.isDone());
    }

    @Test
    void only_sessions_have_an_inbox() {
        assertThat(swarm.api().get("/gateway/listen", operator).status()).isEqualTo(403);
        assertThat(swarm.api()
                        .get("/gateway/listen?after=-1", swarm.token("anna"))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void many_streams_take_no_thread_each_and_leave_nothing_behind() {
        double before = metrics.get("s2.listening").gauge().value();
        int threads = Thread.activeCount();
        List<Ear> ears = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            swarm.enrol("s" + i);
            ears.add(new Ear("s" + i, 0));
        }
        await().atMost(PATIENCE).until(() -> metrics.get("s2.listening").gauge().value() == before + MANY);
        assertThat(Thread.activeCount()).isLessThan(threads + MANY / 2);
        for (int i = 0; i < MANY; i++) {
            swarm.submit("t" + i, "assignee", swarm.of("s" + i));
        }
        await().atMost(PATIENCE)
                .until(() -> ears.stream().allMatch(ear -> ear.heard().size() == 1));
        http.shutdownNow();
        await().atMost(PATIENCE).until(() -> metrics.get("s2.listening").gauge().value() <= before);
    }

    private void sql(String statement, String value) {
        pool.preparedQuery(statement).execute(Tuple.of(value)).await().atMost(PATIENCE);
    }

    private long count(String query, String value) {
        return pool.preparedQuery(query)
                .execute(Tuple.of(value))
                .await()
                .atMost(PATIENCE)
                .iterator()
                .next()
                .getLong(0);
    }
}
