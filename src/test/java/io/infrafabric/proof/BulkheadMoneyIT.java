package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bulkhead.Origin;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Money of calls to a provider at three processes: it is held before, nobody spends more than there is, and what a call cost is
 * booked once, also if its client leaves or its process is killed.
 */
@Tag("proof")
class BulkheadMoneyIT {
    private static final int PROCESSES = 3;
    private static final int CALLS = 50;
    private static final String BODY =
            "{\"model\":\"m\",\"max_tokens\":1000,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";

    private static final String ANSWER =
            "{\"type\":\"message\",\"model\":\"m\",\"usage\":{\"input_tokens\":10,\"output_tokens\":1000}}";

    private static final List<Origin> ORIGINS = new ArrayList<>();
    private static Cluster cluster;

    @BeforeAll
    static void start() {
        cluster = Cluster.start(
                "bulkheadmoney",
                PROCESSES,
                Map.of(
                        "s2.bulkhead.allow-private-addresses",
                        "true",
                        "s2.bulkhead.call-lease",
                        "5s",
                        "s2.bulkhead.call-renew",
                        "500ms"));
    }

    @AfterAll
    static void stop() throws IOException {
        cluster.close();
        for (Origin origin : ORIGINS) {
            origin.close();
        }
    }

    @Test
    void with_a_dollar_left_three_of_fifty_calls_of_30_cents_pass() throws Exception {
        Payer ann = payer("dollar", "1", false);
        List<HttpResponse<String>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch all = new CountDownLatch(CALLS);
            List<Future<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < CALLS; i++) {
                int process = i % PROCESSES;
                calls.add(threads.submit(() -> {
                    all.countDown();
                    all.await();
                    return ann.send(process, BodyHandlers.ofString());
                }));
            }
            await("all that cannot be paid are refused")
                    .atMost(Cluster.PATIENCE)
                    .until(() -> calls.stream().filter(Future::isDone).count() >= CALLS - 3);
            ann.release.countDown();
            for (Future<HttpResponse<String>> call : calls) {
                answers.add(call.get(Cluster.PATIENCE.toSeconds(), TimeUnit.SECONDS));
            }
        }
        assertThat(answers).filteredOn(answer -> answer.statusCode() == 200).hasSize(3);
        assertThat(answers)
                .filteredOn(answer -> answer.statusCode() == 402)
                .hasSize(CALLS - 3)
                .allSatisfy(answer -> assertThat(answer.body())
                        .contains("IF_ERR_BUDGET_EXCEEDED")
                        .contains("\"estimate\""));
        assertThat(ann.origin.requests).hasSize(3);
        ann.awaitBooked("0.9");
        ann.mustBalance();
    }

    @Test
    void a_client_leaves_after_five_events() throws Exception {
        Payer ann = payer("leaves", "50", true);
        HttpResponse<InputStream> answer = ann.send(0, BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        long left;
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            for (int events = 0; events < 5; ) {
                events += lines.readLine().startsWith("data:") ? 1 : 0;
            }
            left = System.nanoTime();
        }
        await("the provider sees the close").atMost(Cluster.PATIENCE).until(() -> ann.closedAt.get() != 0);
        assertThat(Duration.ofNanos(ann.closedAt.get() - left)).isLessThan(Duration.ofSeconds(1));
        await("it is booked").atMost(Cluster.PATIENCE).until(() -> ann.spent().signum() > 0);
        assertThat(Duration.ofNanos(System.nanoTime() - left)).isLessThan(Duration.ofSeconds(2));
        assertThat(cluster.texts(
                        "SELECT outcome || ' ' || cost_from FROM bulkhead_call WHERE session = ?", ann.session))
                .containsExactly("CLIENT_LEFT PARTIAL");
        ann.mustBalance();
    }

    @Test
    void a_process_is_killed_in_the_middle_of_a_stream() throws Exception {
        Payer ann = payer("killed", "50", true);
        HttpResponse<InputStream> answer = ann.send(2, BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body().read()).isNotNegative();
        assertThat(ann.accounts.held(ann.account)).isEqualByComparingTo("0.3");
        cluster.process(2).kill();
        ann.awaitBooked("0.3");
        cluster.again(2).awaitReady();
        assertThat(cluster.texts(
                        "SELECT outcome || ' ' || cost_from FROM bulkhead_call WHERE session = ?", ann.session))
                .containsExactly("LOST ESTIMATE");
        assertThat(ann.accounts.entries(ann.account, "COST")).isEqualTo(1);
        assertThat(cluster.count("SELECT count(*) FROM bus_event WHERE type = 's2.bulkhead.call-lost.v1'"))
                .isEqualTo(1);
        ann.mustBalance();
    }

    /** A session with so much, and a provider of its own whose calls may cost 30 cents each. */
    private static Payer payer(String name, String limit, boolean streams) {
        CountDownLatch release = new CountDownLatch(1);
        AtomicLong closedAt = new AtomicLong();
        Origin origin = Origin.of(
                streams
                        ? (asked, out) -> stream(out, closedAt)
                        : Origin.after(
                                release, (asked, out) -> out.whole(200, ANSWER, "Content-Type: application/json")));
        ORIGINS.add(origin);
        String operator = cluster.operator();
        String session = name + "-ann";
        expect(cluster.api(0).put("/coordinator/sessions/" + session, Map.of("swarm", name), operator), 200);
        expect(
                cluster.api(0).put("/budget/accounts/session:" + session, "{\"dailyLimit\":" + limit + "}", operator),
                200);
        String token = expect(cluster.api(0).post("/coordinator/sessions/" + session + "/tokens", "{}", operator), 201)
                .path("token")
                .asText();
        expect(
                cluster.api(0)
                        .put(
                                "/bulkhead/providers/" + name,
                                "{\"baseUrl\":\"" + origin.url()
                                        + "\",\"dialect\":\"anthropic\",\"maxConcurrent\":60,\"maxQueued\":100,\"paths\":[\"/v1/\"]}",
                                operator),
                200);
        expect(cluster.api(0).put("/budget/prices/" + name + "/m", "{\"input\":0,\"output\":300}", operator), 200);
        // Every process knows the provider and its price by then.
        for (int i = 0; i < PROCESSES; i++) {
            expect(cluster.api(i).get("/bulkhead/providers/" + name, operator), 200);
        }
        return new Payer(
                name, session, "session:" + session, token, origin, release, closedAt, new Accounts(cluster, name));
    }

    private record Payer(
            String name,
            String session,
            String account,
            String token,
            Origin origin,
            CountDownLatch release,
            AtomicLong closedAt,
            Accounts accounts) {
        private static final HttpClient CLIENT = HttpClient.newHttpClient();

        <T> HttpResponse<T> send(int process, HttpResponse.BodyHandler<T> answer)
                throws IOException, InterruptedException {
            URI url = URI.create(cluster.process(process).url() + "/bulkhead/providers/" + name + "/call/v1/messages");
            return CLIENT.send(
                    HttpRequest.newBuilder(url)
                            .header("S2-Authorization", "Bearer " + token)
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString(BODY))
                            .build(),
                    answer);
        }

        BigDecimal spent() {
            return accounts.spent(account);
        }

        void awaitBooked(String dollars) {
            await("it is booked, and nothing is held")
                    .atMost(Cluster.PATIENCE)
                    .until(() -> accounts.held(account).signum() == 0
                            && spent().subtract(new BigDecimal(dollars)).abs().compareTo(new BigDecimal("0.01")) < 0);
        }

        void mustBalance() {
            accounts.mustBalance();
        }
    }

    /** Streams until its client is gone, and says when that was. */
    private static void stream(Origin.Out out, AtomicLong closedAt) throws InterruptedException {
        try {
            out.events();
            event(
                    out,
                    "message_start",
                    "{\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"usage\":"
                            + "{\"input_tokens\":10,\"output_tokens\":1}}}");
            while (true) {
                event(
                        out,
                        "content_block_delta",
                        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
                                + "{\"type\":\"text_delta\",\"text\":\"hello world \"}}");
                Thread.sleep(20);
            }
        } catch (IOException gone) {
            closedAt.set(System.nanoTime());
        }
    }

    private static void event(Origin.Out out, String type, String data) throws IOException {
        out.chunk("event: " + type + "\ndata: " + data + "\n\n");
    }
}
