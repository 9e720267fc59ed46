package io.infrafabric.sample;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * One simulated session. It has one hand for each task that it may hold; each hand claims, works and completes until
 * the play is over, on the thread that calls {@link #hand()}.
 */
final class Agent {
    /** The task whose first attempt fails: ready from the start, and no other task depends on it. */
    static final String FAILS_ONCE = "P0.4.3";

    /** How long a hand waits before it asks again. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Board.Member member;
    private final Map<String, Board.Task> board;
    private final String failsOnce;
    private final Api api;
    private final Tally tally;
    private final ModelCalls models;
    private final SampleConfig config;

    Agent(Board.Member member, Board board, Api api, Tally tally, ModelCalls models, SampleConfig config) {
        this.member = member;
        this.board = board.tasksById();
        this.failsOnce = board.here(FAILS_ONCE);
        this.api = api;
        this.tally = tally;
        this.models = models;
        this.config = config;
    }

    String id() {
        return member.id();
    }

    /** The API with its token. */
    Api api() {
        return api;
    }

    int hands() {
        return member.maxConcurrentTasks();
    }

    /** Claims, works and completes until the play is over. */
    void hand() throws InterruptedException {
        while (!tally.over()) {
            Optional<Tally.Claim> granted = claim(config.lease());
            if (granted.isPresent()) {
                work(granted.get());
            }
        }
    }

    /** Claims a task and freezes until somebody else has done it; then completes it after all, and must be refused. */
    void freeze() throws InterruptedException {
        Optional<Tally.Claim> granted = Optional.empty();
        while (granted.isEmpty() && !tally.over()) {
            granted = claim(config.frozenLease());
        }
        if (granted.isPresent()) {
            tally.claimed(granted.get());
            if (tally.awaitDoneByAnother(granted.get())) {
                complete(granted.get());
            }
        }
    }

    private Optional<Tally.Claim> claim(Duration lease) throws InterruptedException {
        ObjectNode body = Api.JSON
                .createObjectNode()
                .put("waitSeconds", config.claimWait().toSeconds())
                .put("leaseSeconds", lease.toSeconds());
        Api.Answer answer =
                api.postAndWait("/coordinator/sessions/" + member.id() + "/claims", body, config.claimWait());
        return switch (answer.status()) {
            case 201 ->
                Optional.of(new Tally.Claim(
                        answer.at("/task/id").asText(),
                        member.id(),
                        answer.at("/lease/epoch").asLong(),
                        answer.sentAt(),
                        answer.answeredAt(),
                        lease.toNanos()));
            case 204 -> Optional.empty();
            case 409 -> comeBack(answer);
            default -> throw answer.unexpected();
        };
    }

    /** Another hand still counts as a holder, or an operator paused the swarm: ask again a little later. */
    private static Optional<Tally.Claim> comeBack(Api.Answer answer) throws InterruptedException {
        if (!answer.code().equals("IF_ERR_SESSION_FULL") && !answer.code().equals("IF_ERR_SWARM_PAUSED")) {
            throw answer.unexpected();
        }
        Thread.sleep(PAUSE);
        return Optional.empty();
    }

    private void work(Tally.Claim claim) throws InterruptedException {
        int attempt = tally.claimed(claim);
        models.ask(api, claim);
        Board.Task task = task(claim);
        BigDecimal nanos = task.estimatedHours()
                .multiply(BigDecimal.valueOf(config.boardHour().toNanos()));
        Thread.sleep(Duration.ofNanos(nanos.longValue()));
        if (attempt == 1 && task.id().equals(failsOnce)) {
            fail(claim);
        } else {
            complete(claim);
        }
    }

    private void complete(Tally.Claim claim) throws InterruptedException {
        BigDecimal cost = member.hourlyCost().multiply(task(claim).estimatedHours());
        ObjectNode body =
                Api.JSON.createObjectNode().put("epoch", claim.epoch()).put("cost", cost);
        tally.ending(claim, System.nanoTime());
        Api.Answer answer = api.post("/coordinator/tasks/" + claim.task() + "/complete", body);
        if (answer.status() == 409 && answer.code().equals("IF_ERR_STALE_EPOCH")) {
            tally.refused(claim);
            return;
        }
        answer.expect(200);
        tally.completed(claim, cost);
    }

    private void fail(Tally.Claim claim) throws InterruptedException {
        ObjectNode body = Api.JSON
                .createObjectNode()
                .put("epoch", claim.epoch())
                .put("error", "The sample lets this attempt fail")
                .put("retryable", true)
                .put("cost", 0);
        tally.ending(claim, System.nanoTime());
        api.post("/coordinator/tasks/" + claim.task() + "/fail", body).expect(200);
        tally.failed(claim);
    }

    private Board.Task task(Tally.Claim claim) {
        Board.Task task = board.get(claim.task());
        if (task == null) {
            throw new Api.Unexpected(
                    claim.session() + " was given the task " + claim.task() + ", which is not on the board");
        }
        return task;
    }
}
