package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.expect;
import static io.infrafabric.proof.Accounts.together;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import io.infrafabric.proof.Swarm.Grant;
import io.infrafabric.proof.Swarm.Member;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;

/**
 * Tasks whose claims hold money, and everything that may happen to them, for {@link BudgetSoakIT}: what is done is up to
 * chance, what came of it is kept, and in the end it must all add up.
 */
final class SoakTasks {
    private static final int LEASE_SECONDS = 1;
    private static final int LONG_LEASE_SECONDS = 600;
    private static final int MOST_UNDONE = 400;
    private static final int KEPT_GRANTS = 500;
    private static final int FRESH = 60;

    private final Cluster cluster;
    private final Swarm swarm;
    private final ConcurrentLinkedDeque<Grant> grants = new ConcurrentLinkedDeque<>();
    private final AtomicInteger submitted = new AtomicInteger();
    private final Set<String> completed = ConcurrentHashMap.newKeySet();
    private final Queue<String> twice = new ConcurrentLinkedQueue<>();

    /** Enrols that many sessions, whose accounts are there or are made. */
    SoakTasks(Cluster cluster, String name, int sessions) {
        this.cluster = cluster;
        this.swarm = Swarm.enrol(cluster, name, sessions, Map.of("maxConcurrentTasks", 5, "heartbeatSeconds", 3600));
    }

    /** Submits a few: some wait for another of them, some are for one session only, some cost nothing. */
    Answer submit(Api api, SplittableRandom random) {
        Answer before = look(api);
        JsonNode states = before.body().path("tasks");
        if (before.status() != 200
                || states.path("QUEUED").asInt() + states.path("WAITING").asInt() > MOST_UNDONE) {
            return before;
        }
        List<Map<String, Object>> tasks = new ArrayList<>();
        String last = null;
        for (int i = 0; i < 8; i++) {
            Map<String, Object> more = new HashMap<>();
            if (random.nextInt(8) > 0) {
                more.put("estimatedCost", cents(random, 20));
            }
            if (last != null && random.nextInt(6) == 0) {
                more.put("dependsOn", List.of(last));
            }
            if (random.nextInt(10) == 0) {
                more.put("assignee", any(random).id());
            }
            more.put("priority", "P" + random.nextInt(4));
            last = swarm.id() + "-t" + submitted.getAndIncrement();
            tasks.add(swarm.task(last, more));
        }
        return api.post("/coordinator/tasks/batch", Map.of("tasks", tasks), cluster.operator());
    }

    /** Claims what comes first, at once or with a little patience; the lease is short, so some of them run out. */
    Answer claim(Api api, SplittableRandom random) {
        return kept(any(random)
                .claim(api, Map.of("leaseSeconds", LEASE_SECONDS, "waitSeconds", random.nextInt(10) == 0 ? 1 : 0)));
    }

    /** The holder, or one who was that, claims the same task again: the hold is carried on. */
    Answer claimAgain(Api api, SplittableRandom random) {
        return with(
                grants.poll(),
                api,
                random,
                (member, grant) ->
                        kept(member.claim(api, Map.of("taskId", grant.task(), "leaseSeconds", LEASE_SECONDS))));
    }

    Answer renew(Api api, SplittableRandom random) {
        return with(grants.peek(), api, random, (member, grant) -> member.renew(api, grant, LEASE_SECONDS));
    }

    /** With what it has cost in all, with less than was held, or without a word of it. */
    Answer complete(Api api, SplittableRandom random) {
        return with(grants.poll(), api, random, (member, grant) -> {
            Answer answer = random.nextInt(4) == 0
                    ? member.complete(api, grant)
                    : end(api, member, "complete", grant, Map.of("cost", cents(random, 25)));
            if (answer.status() == 200 && !completed.add(grant.task())) {
                twice.add(grant.toString());
            }
            return answer;
        });
    }

    Answer fail(Api api, SplittableRandom random) {
        return with(
                grants.poll(),
                api,
                random,
                (member, grant) ->
                        end(api, member, "fail", grant, Map.of("cost", cents(random, 5), "error", "It rains.")));
    }

    Answer release(Api api, SplittableRandom random) {
        return with(grants.poll(), api, random, (member, grant) -> end(api, member, "release", grant, Map.of()));
    }

    /** Tells what a claim has cost so far, which draws on its hold; the claim may be over. */
    Answer cost(Api api, SplittableRandom random) {
        return with(
                grants.peek(),
                api,
                random,
                (member, grant) -> api.post(
                        "/budget/accounts/session:" + member.id() + "/costs",
                        Map.of("amount", cents(random, 5), "taskId", grant.task(), "epoch", grant.epoch()),
                        cluster.operator()));
    }

    /** Waits for another one, and for what somebody has claimed: now and then that closes a cycle, and one is preempted. */
    Answer waits(Api api, SplittableRandom random) {
        Grant grant = grants.peek();
        List<String> on = new ArrayList<>(List.of(any(random).id()));
        if (grant != null) {
            on.add("task:" + grant.task());
        }
        Member member = any(random);
        return api.put(
                waitsOf(member),
                Map.of("waitingOn", on, "mode", random.nextInt(4) == 0 ? "any" : "all"),
                member.token());
    }

    private static String waitsOf(Member member) {
        return "/deadlock/waits/" + member.id();
    }

    /** An operator takes the task from its holder. */
    Answer takeBack(Api api, SplittableRandom random) {
        return with(grants.poll(), api, random, (member, grant) -> operate(api, grant.task(), "release", Map.of()));
    }

    Answer cancel(Api api, SplittableRandom random) {
        return operate(api, anyTask(random), "cancel", Map.of("cascade", random.nextBoolean()));
    }

    Answer retry(Api api, SplittableRandom random) {
        return operate(api, anyTask(random), "retry", Map.of());
    }

    private Answer kept(Answer answer) {
        if (answer.status() == 201 && grants.size() < KEPT_GRANTS) {
            grants.add(Grant.of(answer));
        }
        return answer;
    }

    private Answer with(Grant grant, Api api, SplittableRandom random, BiFunction<Member, Grant, Answer> action) {
        return grant == null ? claim(api, random) : action.apply(swarm.member(grant.session()), grant);
    }

    private Answer end(Api api, Member member, String how, Grant grant, Map<String, ?> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("epoch", grant.epoch());
        return api.post("/coordinator/tasks/" + grant.task() + "/" + how, body, member.token());
    }

    private Answer operate(Api api, String task, String what, Map<String, ?> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("reason", "soak");
        return task == null ? look(api) : api.post("/coordinator/tasks/" + task + "/" + what, body, cluster.operator());
    }

    private Answer look(Api api) {
        return api.get("/coordinator/swarms/" + swarm.id(), cluster.operator());
    }

    /** One that the database knows by now; {@code null} if it was lucky enough not to be. */
    private String anyTask(SplittableRandom random) {
        Grant grant = grants.peekLast();
        return grant == null || random.nextInt(3) > 0 ? null : grant.task();
    }

    private Member any(SplittableRandom random) {
        return swarm.member(random.nextInt(swarm.members().size()));
    }

    private static BigDecimal cents(SplittableRandom random, int most) {
        return BigDecimal.valueOf(random.nextLong(1, most * 10_000L), 6);
    }

    /**
     * Nobody waits for anybody any more, the last leases have run out, and the budget has heard of it: three failures in a row
     * stop a session. Call it when nobody does anything any more.
     */
    void rest() {
        for (Member member : swarm.members()) {
            expect(cluster.any().delete(waitsOf(member), member.token()), 200);
        }
        await("leases run out").atMost(Cluster.PATIENCE).until(() -> swarm.inState("CLAIMED") == 0);
        await("failures are known to the budget").atMost(Cluster.PATIENCE).until(() -> cluster.hasHeardAll("budget"));
    }

    /**
     * What is left is worked off by everybody at once, while all can pay: as long as there is more in the queue than there
     * are claimants, nobody may be told that there is nothing to do. Call it when nobody else does anything any more.
     */
    void workOff() {
        swarm.submit(cluster.any(), 0, FRESH, Map.of("estimatedCost", "0.01"));
        submitted.addAndGet(FRESH);
        int all = swarm.members().size();
        await("rests after failures are over").atMost(Cluster.PATIENCE).until(() -> resting() == 0);
        while (claimable() >= all) {
            List<Answer> answers = together(all, one -> {
                Member member = swarm.member(one);
                return claimed(member, cluster.any());
            });
            assertThat(answers).allSatisfy(answer -> expect(answer, 201));
            together(all, one -> done(Grant.of(answers.get(one)))).forEach(answer -> expect(answer, 200));
        }
        for (Member member : swarm.members()) {
            Answer answer = claimed(member, cluster.any());
            while (answer.status() == 201) {
                expect(done(Grant.of(answer)), 200);
                answer = claimed(member, cluster.any());
            }
            assertThat(answer.status()).as("%s", answer.body()).isEqualTo(204);
        }
    }

    private static Answer claimed(Member member, Api api) {
        return member.claim(api, Map.of("leaseSeconds", LONG_LEASE_SECONDS));
    }

    private Answer done(Grant grant) {
        Answer answer = end(cluster.any(), swarm.member(grant.session()), "complete", grant, Map.of("cost", "0.01"));
        if (answer.status() == 200 && !completed.add(grant.task())) {
            twice.add(grant.toString());
        }
        return answer;
    }

    private long claimable() {
        return cluster.count(
                "SELECT count(*) FROM coordinator_task WHERE swarm = ? AND state = 'QUEUED' AND assignee IS NULL",
                swarm.id());
    }

    private long resting() {
        return cluster.count(
                "SELECT count(*) FROM coordinator_task WHERE swarm = ? AND state = 'QUEUED' AND not_before > now()",
                swarm.id());
    }

    /** Every task has come to an end that was told, once; what waits, waits for something. */
    void mustBeAccountedFor() {
        assertThat(twice).as("completed again").isEmpty();
        assertThat(swarm.inState("QUEUED") + swarm.inState("CLAIMED")).isZero();
        assertThat(swarm.inState("DONE")).isEqualTo(completed.size()).isEqualTo(swarm.steps("completed"));
        assertThat(swarm.inState("DONE")
                        + swarm.inState("DEAD")
                        + swarm.inState("CANCELLED")
                        + swarm.inState("WAITING"))
                .isEqualTo(submitted.get());
        assertThat(cluster.count(
                        "SELECT count(*) FROM coordinator_task t WHERE t.swarm = ? AND t.state = 'WAITING' AND NOT EXISTS"
                                + " (SELECT 1 FROM coordinator_dependency d JOIN coordinator_task o ON o.id = d.depends_on"
                                + " WHERE d.task = t.id AND o.state <> 'DONE')",
                        swarm.id()))
                .isZero();
        assertThat(cluster.count(
                        "SELECT count(*) FROM budget_hold h JOIN coordinator_task t ON t.id = h.task"
                                + " WHERE t.swarm = ? AND h.state = 'PLACED'",
                        swarm.id()))
                .isZero();
    }

    /** How many claims were taken to end a deadlock. */
    long preempted() {
        return swarm.steps("preempted");
    }

    /** How all of them stand, in a line. */
    String told() {
        return "tasks " + submitted + ", completed " + completed.size() + ", leases that ran out "
                + swarm.steps("lease-expired") + ", preempted " + preempted();
    }
}
