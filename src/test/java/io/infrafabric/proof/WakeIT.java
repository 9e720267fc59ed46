package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.fabric.FabricProcess;
import io.infrafabric.proof.Swarm.Member;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Who waits in one process is woken by what happens in another. The first process never looks again by itself, so there it
 * is the bell that wakes; the second one does, so there a bell may be lost.
 */
@Tag("proof")
@Tag("amqp")
class WakeIT {
    private static final int DEAF = 0;
    private static final int LOOKING = 1;
    private static final int WAIT_SECONDS = 50;
    private static final Map<String, Integer> WAIT = Map.of("waitSeconds", WAIT_SECONDS);
    /** For a claim that is refused when its time is over. */
    private static final Map<String, Integer> SHORT_WAIT = Map.of("waitSeconds", 3);
    /** A session is marked as seen at most every tenth part of its heartbeat. */
    private static final Map<String, Integer> SOON_SEEN = Map.of("heartbeatSeconds", 10);

    private static final Pattern WAITING = Pattern.compile("(?m)^s2_claims_waiting(?:\\{[^}]*\\})? ([0-9.]+)");

    private static Cluster cluster;
    private static ExecutorService calls;

    @BeforeAll
    static void start() {
        cluster = Cluster.start("wake", 1, Map.of("s2.coordinator.look-again", "1h"));
        cluster.add(Map.of("s2.coordinator.look-again", "1s"));
        calls = Executors.newVirtualThreadPerTaskExecutor();
    }

    @AfterAll
    static void stop() {
        calls.close();
        cluster.close();
    }

    @Test
    void aWaitingClaimIsWokenByASubmitElsewhere() {
        Swarm swarm = Swarm.enrol(cluster, "submit", 1, Map.of());
        CompletableFuture<Answer> claim = waitingClaim(swarm.member(0), DEAF);

        swarm.submit(cluster.api(LOOKING), 0, 1, Map.of());

        assertGranted(claim, "submit-0");
        cluster.assertNoErrors();
    }

    @Test
    void aWaitingClaimIsWokenByATaskForItsSession() {
        Swarm swarm = Swarm.enrol(cluster, "assigned", 2, Map.of());
        CompletableFuture<Answer> other = waitingClaim(swarm.member(0), DEAF);
        CompletableFuture<Answer> assignee = waitingClaim(swarm.member(1), DEAF);

        swarm.submit(
                cluster.api(LOOKING), 0, 1, Map.of("assignee", swarm.member(1).id()));

        assertGranted(assignee, "assigned-0");
        assertThat(other).isNotDone();
        swarm.submit(cluster.api(LOOKING), 1, 2, Map.of());
        assertGranted(other, "assigned-1");
    }

    @Test
    void aWaitingClaimIsWokenByTheLastDependency() {
        Swarm swarm = Swarm.enrol(cluster, "dependant", 2, Map.of());
        swarm.submit(cluster.api(LOOKING), 0, 1, Map.of());
        swarm.submit(cluster.api(LOOKING), 1, 2, Map.of("dependsOn", List.of("dependant-0")));
        Swarm.Grant first = swarm.member(1).mustClaim(cluster.api(LOOKING), "dependant-0", 300);
        CompletableFuture<Answer> claim = waitingClaim(swarm.member(0), DEAF);

        assertThat(swarm.member(1).complete(cluster.api(LOOKING), first).status())
                .isEqualTo(200);

        assertGranted(claim, "dependant-1");
    }

    @Test
    void aWaitingInboxIsWokenByWhatIsToldElsewhere() {
        Swarm swarm = Swarm.enrol(cluster, "inbox", 1, SOON_SEEN);
        Member member = swarm.member(0);
        swarm.submit(cluster.api(LOOKING), 0, 1, Map.of());
        member.mustClaim(cluster.api(LOOKING), "inbox-0", 300);
        String before = lastSeen(member);
        CompletableFuture<Answer> inbox =
                CompletableFuture.supplyAsync(() -> member.inbox(cluster.api(DEAF), WAIT_SECONDS), calls);
        // An open waiting call counts as a heartbeat: so it has come in.
        await("the inbox waits")
                .atMost(Cluster.PATIENCE)
                .until(() -> !lastSeen(member).equals(before));

        Answer cancelled = cluster.api(LOOKING)
                .post(
                        "/coordinator/tasks/inbox-0/cancel",
                        Map.of("reason", "Not needed any more."),
                        cluster.operator());

        assertThat(cancelled.status()).isEqualTo(200);
        JsonNode items = join(inbox).body().path("items");
        assertThat(items).hasSize(1);
        assertThat(items.get(0).path("type").asText()).isEqualTo("taskCancelled");
        assertThat(items.get(0).path("subject").asText()).isEqualTo("task:inbox-0");
    }

    @Test
    void aPausedSwarmHandsOutNothingUntilItIsResumedElsewhere() {
        Swarm swarm = Swarm.enrol(cluster, "paused", 1, Map.of());
        operate(LOOKING, "/coordinator/swarms/paused/pause", Map.of("reason", "The provider is down."));
        swarm.submit(cluster.api(LOOKING), 0, 1, Map.of());

        Answer refused = swarm.member(0).claim(cluster.api(DEAF), SHORT_WAIT);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.code()).isEqualTo("IF_ERR_SWARM_PAUSED");
        assertThat(swarm.inState("QUEUED")).isEqualTo(1);

        operate(LOOKING, "/coordinator/swarms/paused/resume", null);
        Answer granted = swarm.member(0).claim(cluster.api(DEAF), WAIT);
        assertThat(granted.status()).isEqualTo(201);
    }

    @Test
    void aWaitingClaimAndInboxAreWokenWhileRedisIsAwayAndByBellsAgainAfterIt() {
        Swarm swarm = Swarm.enrol(cluster, "away", 3, Map.of());
        Member reader = swarm.member(1);
        swarm.submit(cluster.api(DEAF), 0, 1, Map.of());
        reader.mustClaim(cluster.api(DEAF), "away-0", 300);
        cluster.servers().stopRedis();
        try {
            CompletableFuture<Answer> claim = waitingClaim(swarm.member(0), LOOKING);
            CompletableFuture<Answer> inbox =
                    CompletableFuture.supplyAsync(() -> reader.inbox(cluster.api(LOOKING), WAIT_SECONDS), calls);

            swarm.submit(cluster.api(DEAF), 1, 2, Map.of());
            operate(DEAF, "/coordinator/tasks/away-0/cancel", Map.of("reason", "Not needed any more."));

            assertGranted(claim, "away-1");
            assertThat(join(inbox).body().path("items")).hasSize(1);
        } finally {
            cluster.servers().startRedis();
        }
        // Until the deaf process listens again bells are lost, which costs it more submits, and no task.
        CompletableFuture<Answer> claim = waitingClaim(swarm.member(2), DEAF);
        AtomicInteger next = new AtomicInteger(2);
        await("bells are heard again").atMost(Cluster.PATIENCE).until(() -> {
            int number = next.getAndIncrement();
            swarm.submit(cluster.api(LOOKING), number, number + 1, Map.of());
            return claim.isDone();
        });
        assertThat(join(claim).status()).isEqualTo(201);
        cluster.assertNoErrors();
    }

    /** So that its client asks again, elsewhere: "nothing yet", and word that the connection is at its end. */
    @Test
    void whoWaitsInAProcessThatIsToEndIsAnswered() {
        Swarm swarm = Swarm.enrol(cluster, "ending", 2, SOON_SEEN);
        Member reader = swarm.member(1);
        FabricProcess ending = cluster.add(Map.of());
        int index = cluster.size() - 1;
        CompletableFuture<Answer> claim = waitingClaim(swarm.member(0), index);
        String before = lastSeen(reader);
        CompletableFuture<Answer> inbox =
                CompletableFuture.supplyAsync(() -> reader.inbox(ending.api(), WAIT_SECONDS), calls);
        await("the inbox waits")
                .atMost(Cluster.PATIENCE)
                .until(() -> !lastSeen(reader).equals(before));

        assertThat(ending.stop()).as("exit code after SIGTERM").isZero();

        Answer nothing = join(claim);
        assertThat(nothing.status()).isEqualTo(204);
        assertThat(nothing.headers().firstValue("Connection")).contains("close");
        assertThat(join(inbox).status()).isEqualTo(200);
        assertThat(join(inbox).body().path("items")).isEmpty();
        swarm.submit(cluster.api(LOOKING), 0, 1, Map.of());
        assertThat(swarm.member(0).claim(cluster.api(LOOKING), WAIT).status()).isEqualTo(201);
        cluster.assertNoErrors();
    }

    /** A claim that is known to wait. */
    private static CompletableFuture<Answer> waitingClaim(Member member, int process) {
        double before = waiting(process);
        CompletableFuture<Answer> claim =
                CompletableFuture.supplyAsync(() -> member.claim(cluster.api(process), WAIT), calls);
        await("the claim waits").atMost(Cluster.PATIENCE).until(() -> claim.isDone() || waiting(process) > before);
        assertThat(claim).isNotDone();
        return claim;
    }

    private static double waiting(int process) {
        Api api = cluster.api(process);
        Matcher gauge =
                WAITING.matcher(api.get("/q/metrics", cluster.operator()).body().asText());
        // It is there from the first call on.
        return gauge.find() ? Double.parseDouble(gauge.group(1)) : 0;
    }

    private static String lastSeen(Member member) {
        return cluster.texts("SELECT last_seen::text FROM coordinator_session WHERE id = ?", member.id())
                .getFirst();
    }

    private static void operate(int process, String path, Map<String, String> body) {
        Answer answer = cluster.api(process).post(path, body, cluster.operator());
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
    }

    private static void assertGranted(CompletableFuture<Answer> claim, String task) {
        Answer answer = join(claim);
        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.body().path("task").path("id").asText()).isEqualTo(task);
    }

    private static Answer join(CompletableFuture<Answer> call) {
        await("there is an answer").atMost(Cluster.PATIENCE).until(call::isDone);
        return call.join();
    }
}
