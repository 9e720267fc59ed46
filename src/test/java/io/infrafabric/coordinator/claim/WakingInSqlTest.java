package io.infrafabric.coordinator.claim;

import static io.infrafabric.coordinator.Swarm.expect;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.command.Once.Asked;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.coordinator.Swarm;
import io.infrafabric.coordinator.claim.Claiming.Answer;
import io.infrafabric.coordinator.claim.Claiming.Claim;
import io.infrafabric.coordinator.transaction.ClaimTransaction;
import io.infrafabric.coordinator.transaction.WakeTransaction;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whom a bell wakes, as the database knows it, and how many look until a task is taken. */
@QuarkusTest
class WakingInSqlTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LEASE = Duration.ofMinutes(5);
    private static final int WAITING = 30;
    /** The one that gets the task, and those that came too late to be parked when the bell rang. */
    private static final int FEW = 5;

    @TestHTTPResource("/")
    URI fabric;

    @ConfigProperty(name = "s2.door.operator-token")
    String operator;

    @Inject
    ClaimTransaction claims;

    @Inject
    WakeTransaction wakes;

    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicInteger nobody = new AtomicInteger();
    private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
    private final HandTimer timer = new HandTimer();
    private Swarm swarm;
    private WaitingRoom room;

    @BeforeEach
    void a_swarm_of_two_kinds() {
        swarm = new Swarm(fabric, operator);
        swarm.enrol("plain", "tools", "[\"git\"]", "maxConcurrentTasks", "100");
        swarm.enrol("docker", "tools", "[\"git\",\"docker\"]", "maxConcurrentTasks", "100");
        room = new WaitingRoom(
                asked -> claims.claim(asked).onTermination().invoke(looks::incrementAndGet), counted(), timer);
    }

    @AfterEach
    void nobody_waits() {
        room.close();
        timer.shutdownNow();
    }

    @Test
    void as_many_as_there_are_tasks() {
        swarm.enrol("third");
        swarm.submit("t");
        swarm.submit("u");
        assertThat(forWhom("third", "plain", "docker")).containsExactly("third", "plain");
        assertThat(forWhom("docker")).containsExactly("docker");
    }

    @Test
    void those_who_can() {
        swarm.submit("t", "requires", "[\"docker\"]");
        assertThat(forWhom("plain", "docker")).containsExactly("docker");
        assertThat(forWhom("plain")).isEmpty();
    }

    @Test
    void those_whom_it_fits_as_they_want() {
        swarm.submit("t", "domains", "[\"cobol\"]", "tools", "[\"git\"]");
        Claim choosy = new Claim(swarm.of("plain"), null, 0.9, LEASE);
        Claim content = new Claim(swarm.of("docker"), null, 0.2, LEASE);
        Claim named = new Claim(swarm.of("plain"), swarm.of("t"), null, LEASE);
        assertThat(ask(wakes.forWhom(swarm.id(), List.of(choosy, content)))).containsExactly(swarm.of("docker"));
        assertThat(ask(wakes.forWhom(swarm.id(), List.of(named)))).containsExactly(swarm.of("plain"));
    }

    @Test
    void as_many_as_a_key_has_room_for() {
        atMost("db", 2);
        for (String task : List.of("t", "u", "v")) {
            swarm.submit(task, "concurrency", "[\"db\"]");
        }
        swarm.enrol("third");
        assertThat(forWhom("plain", "docker", "third")).containsExactly("plain", "docker");
        swarm.claims("plain", "t");
        assertThat(forWhom("docker", "third")).containsExactly("docker");
        swarm.claims("docker", "u");
        assertThat(forWhom("third")).isEmpty();
    }

    @Test
    void as_many_with_tasks_of_their_own_as_their_key_has_room_for() {
        atMost("db", 2);
        swarm.enrol("third");
        for (String session : List.of("plain", "docker", "third")) {
            swarm.submit("of-" + session, "assignee", swarm.of(session), "concurrency", "[\"db\"]");
        }
        assertThat(forKeys("third", "plain", "docker")).containsExactly("third", "plain");
        swarm.submit("other", "assignee", swarm.of("third"), "concurrency", "[\"other\"]");
        swarm.claims("plain", "of-plain");
        swarm.claims("docker", "of-docker");
        assertThat(forKeys("third")).containsExactly("third");
        swarm.claims("third", "other");
        assertThat(forKeys("third")).isEmpty();
    }

    @Test
    void what_nobody_who_waits_can_do_has_nobody_look_again_and_again() {
        swarm.submit("gpu", "requires", "[\"gpu\"]");
        waitingSessions(swarm::enrol);
        swarm.submit("one");
        room.ring(swarm.id());
        untilServed(1);
        assertThat(looks.get() - WAITING).isBetween(1, FEW);
    }

    @Test
    void a_key_that_comes_free_once_has_one_of_those_look_who_wait_for_it_with_tasks_of_their_own() {
        swarm.submit("first", "concurrency", "[\"db\"]");
        long epoch = swarm.claims("plain", "first");
        waitingSessions(session -> {
            swarm.enrol(session);
            swarm.submit("of-" + session, "assignee", swarm.of(session), "concurrency", "[\"db\"]");
        });
        expect(swarm.end("plain", "complete", "first", epoch), 200);
        room.keyCameFree(swarm.id());
        untilServed(1);
        assertThat(looks.get() - WAITING).isBetween(1, FEW);
    }

    private void atMost(String key, int most) {
        expect(
                swarm.api()
                        .put(
                                "/coordinator/swarms/" + swarm.id() + "/concurrency/" + key,
                                "{\"atMost\":" + most + "}",
                                operator),
                200);
    }

    /** Sessions that have found nothing and wait. */
    private void waitingSessions(Consumer<String> enrol) {
        IntStream.range(0, WAITING).mapToObj(i -> "s" + i).forEach(enrol);
        IntStream.range(0, WAITING)
                .mapToObj(i -> new Claim(swarm.of("s" + i), null, null, LEASE))
                .forEach(claim -> room.await(swarm.id(), new Asked<>(claim, Keep.nothing()), PATIENCE, () -> false)
                        .subscribe()
                        .with(reply -> answers.add(reply.now())));
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(looks).hasValueGreaterThanOrEqualTo(WAITING));
        assertThat(room.size()).isEqualTo(WAITING);
    }

    /** So many got a task, and then there was nobody left for whom there is something. */
    private void untilServed(int count) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(answers).hasSize(count).hasOnlyElementsOfType(Answer.Granted.class);
            assertThat(nobody.get()).isPositive();
        });
    }

    private WaitingRoom.Choosing counted() {
        return new WaitingRoom.Choosing() {
            @Override
            public Uni<Set<String>> forWhom(String of, List<Claim> waiting) {
                return wakes.forWhom(of, waiting).invoke(this::count);
            }

            @Override
            public Uni<Set<String>> forWhomKeysAreFree(String of, List<Claim> waiting) {
                return wakes.forWhomKeysAreFree(of, waiting).invoke(this::count);
            }

            private void count(Set<String> chosen) {
                if (chosen.isEmpty()) {
                    nobody.incrementAndGet();
                }
            }
        };
    }

    private List<String> forWhom(String... sessions) {
        return names(ask(wakes.forWhom(swarm.id(), claims(sessions))), sessions);
    }

    private List<String> forKeys(String... sessions) {
        return names(ask(wakes.forWhomKeysAreFree(swarm.id(), claims(sessions))), sessions);
    }

    private List<String> names(Set<String> chosen, String... sessions) {
        return chosen.stream()
                .map(id -> Stream.of(sessions)
                        .filter(name -> swarm.of(name).equals(id))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    private List<Claim> claims(String... sessions) {
        return Stream.of(sessions)
                .map(session -> new Claim(swarm.of(session), null, null, LEASE))
                .toList();
    }

    private static Set<String> ask(Uni<Set<String>> asked) {
        return asked.await().atMost(PATIENCE);
    }
}
