package io.infrafabric.sample;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Plays the sample swarm once. The package documentation says what it shows, and how. */
public final class Sample {
    /** The session that freezes while it holds the first task. */
    static final String FREEZES = "session-6-talent";

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
    /** How long the others wait for the freezing session to get its task before they start anyway. */
    private static final Duration HEAD_START = Duration.ofSeconds(5);
    /** The most plays that break off before the sample is not played any more. */
    private static final int PLAYS = 20;

    /** How long the frozen session's late call, and threads that must end, may still take. */
    private static final Duration AFTERWARDS = Duration.ofSeconds(5);

    /** What a session may spend in a day unless an operator says otherwise, in USD. */
    private static final BigDecimal USUAL_LIMIT = new BigDecimal("50");

    // Chosen before anything else runs.
    private Board board = Board.load();
    private Tally tally = new Tally(board);
    private final Blockers blockers = Blockers.load();
    private volatile Blockers.Played rescued = Blockers.Played.NONE;
    private volatile ModelCalls models;
    private final CountDownLatch thawed = new CountDownLatch(1);
    private final SampleConfig config;
    private final PrintStream out;
    private final Progress progress;
    private volatile List<Assembly.Voter> voters = List.of();
    private List<String> decided = List.of();

    Sample(SampleConfig config, PrintStream out, boolean terminal) {
        this.config = config;
        this.out = out;
        this.progress = new Progress(out, terminal);
    }

    /**
     * Plays the sample on a thread of its own unless it was played before. A play that broke off is repeated in a swarm
     * of its own, since its ids are taken. Prints whatever goes wrong, and harms nobody. Interrupt the thread to end the play.
     *
     * @param base where the fabric listens, for example {@code http://127.0.0.1:8080}
     * @param operatorToken token of an operator of all swarms
     * @param out takes the progress line and the summary
     * @param terminal whether {@code out} is a terminal, where the progress line is rewritten in place
     */
    public static Thread start(URI base, String operatorToken, SampleConfig config, PrintStream out, boolean terminal) {
        return Thread.ofVirtual().name("sample").start(() -> {
            try {
                var _ = new Sample(config, out, terminal).play(base, operatorToken);
            } catch (InterruptedException _) {
                out.println("The sample swarm was interrupted.");
            } catch (RuntimeException e) {
                out.println("The sample swarm cannot be played: " + e.getMessage());
            }
        });
    }

    /**
     * Plays the sample on this thread, as {@link #start} does.
     *
     * @return whether it was played and ended well: every task was done once, and no task was held by two
     */
    public static boolean playAt(URI base, String operatorToken, SampleConfig config, PrintStream out) {
        try {
            Optional<Summary> summary = new Sample(config, out, false).play(base, operatorToken);
            if (summary.isEmpty()) {
                out.println("The sample swarm was played before, so it was not played again.");
            }
            return summary.filter(Summary::isAsItShouldBe).isPresent();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        } catch (RuntimeException e) {
            out.println("The sample swarm cannot be played: " + e.getMessage());
            return false;
        }
    }

    /** Plays and prints the summary. If it was played before, plays nothing and gives an empty result. Call it once. */
    Optional<Summary> play(URI base, String operatorToken) throws InterruptedException {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_WITHIN)
                .build();
        try {
            Api operator = new Api(client, base, operatorToken);
            if (!chooseBoard(operator)) {
                return Optional.empty();
            }
            Summary summary = play(operator);
            summary.lines().forEach(out::println);
            decided.forEach(out::println);
            blockers.lines(rescued).forEach(out::println);
            if (summary.trouble() == null) {
                models.lines().forEach(out::println);
                overload(operator).forEach(out::println);
                acceptance(operator).forEach(out::println);
            }
            Costs.load().lines(USUAL_LIMIT).forEach(out::println);
            return Optional.of(summary);
        } finally {
            if (models != null) {
                models.end();
            }
            client.shutdownNow();
        }
    }

    /** Takes the board of the first play that nobody has begun. Says whether the sample is to be played at all. */
    private boolean chooseBoard(Api operator) throws InterruptedException {
        Board first = board;
        for (int number = 1; number <= PLAYS; number++) {
            board = first.ofPlay(number);
            tally = new Tally(board);
            Api.Answer swarm = operator.get("/coordinator/swarms/" + board.swarm());
            if (swarm.expect(200, 404).status() == 404) {
                return true;
            }
            if (isPlayed(operator, swarm)) {
                return false;
            }
            out.println("The play of the sample swarm %s broke off: it is played again.".formatted(board.swarm()));
        }
        return false;
    }

    /** Finished tasks may be forgotten one day, but the memo of the vote is not. */
    private boolean isPlayed(Api operator, Api.Answer swarm) throws InterruptedException {
        return swarm.body().at("/tasks/DONE").asLong() >= board.tasks().size()
                || operator.get("/dissent/memos/" + Assembly.decisionOf(board.swarm()))
                                .expect(200, 404)
                                .status()
                        == 200;
    }

    /** A failure here does not spoil the rest of the play. */
    private List<String> overload(Api operator) throws InterruptedException {
        try {
            return new Overload(board, operator).play();
        } catch (Api.Unexpected e) {
            return List.of("  Its overload cannot be played: " + e.getMessage());
        }
    }

    private List<String> acceptance(Api operator) throws InterruptedException {
        try {
            return new Acceptance(board, operator).play();
        } catch (Api.Unexpected e) {
            return List.of("  Its task with a checker cannot be played: " + e.getMessage());
        }
    }

    private Summary play(Api operator) throws InterruptedException {
        out.println("Playing the sample swarm %s: %d sessions compete for the %d tasks of %s."
                .formatted(
                        board.swarm(),
                        board.members().size(),
                        board.tasks().size(),
                        board.documented().run()));
        long startedAt = System.nanoTime();
        ExecutorService hands = Executors.newVirtualThreadPerTaskExecutor();
        try {
            hands.execute(guarded(() -> stage(operator, hands)));
            watch(startedAt);
        } finally {
            hands.shutdownNow();
        }
        Summary summary = tally.summary(System.nanoTime() - startedAt);
        if (hands.awaitTermination(AFTERWARDS.toSeconds(), TimeUnit.SECONDS)) {
            if (summary.left().isEmpty()) {
                decided = Assembly.hold(operator, board.swarm(), voters, board.here(FREEZES));
            }
            leave(operator);
        }
        return summary;
    }

    /** Shows the progress until everything is done or the time is up. */
    private void watch(long startedAt) throws InterruptedException {
        boolean over = false;
        while (!over) {
            long left = config.timeLimit().toMillis() - (System.nanoTime() - startedAt) / 1_000_000;
            if (left <= 0) {
                tally.stop("not finished within " + config.timeLimit().toSeconds() + " s");
            }
            over = tally.awaitOver(Math.min(left, progress.pause().toMillis()));
            progress.show(tally.doneTasks(), board.tasks().size(), tally.atWork(System.nanoTime()));
        }
        progress.end();
        if (tally.allDone()) {
            var _ = thawed.await(AFTERWARDS.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Enrols the sessions, starts their hands, and lets the tasks arrive. */
    private void stage(Api operator, ExecutorService hands) throws InterruptedException {
        models = ModelCalls.open(
                board, operator, () -> 2 * tally.doneTasks() >= board.tasks().size());
        List<Agent> agents = enrol(operator);
        budget(operator);
        rescued = blockers.play(agents.stream().collect(Collectors.toMap(Agent::id, Agent::api)), board::here);
        List<Board.Task> fillers =
                board.tasks().stream().filter(Board.Task::filler).toList();
        for (Agent agent : agents) {
            if (agent.id().equals(board.here(FREEZES))) {
                hands.execute(guarded(() -> freezeThenWork(agent, hands)));
            }
        }
        submit(operator, fillers.getFirst());
        var _ = tally.awaitFirstClaim(HEAD_START.toMillis());
        for (Agent agent : agents) {
            if (!agent.id().equals(board.here(FREEZES))) {
                work(agent, hands);
            }
        }
        submitBatch(
                operator, board.tasks().stream().filter(task -> !task.filler()).toList());
        for (Board.Task filler : fillers.subList(1, fillers.size())) {
            Thread.sleep(config.arrivalGap());
            submit(operator, filler);
        }
    }

    private void freezeThenWork(Agent agent, ExecutorService hands) throws InterruptedException {
        try {
            agent.freeze();
            // Do this before saying that it thawed: after that the play may be over, and no hand begins any more.
            work(agent, hands);
        } catch (RejectedExecutionException _) {
            // On a slow machine it may thaw only when the others have done everything and nobody waits for it any more.
        } finally {
            thawed.countDown();
        }
    }

    private void work(Agent agent, ExecutorService hands) {
        for (int hand = 0; hand < agent.hands(); hand++) {
            hands.execute(guarded(agent::hand));
        }
    }

    private List<Agent> enrol(Api operator) throws InterruptedException {
        operator.put("/coordinator/swarms/" + board.swarm(), Api.JSON.createObjectNode())
                .expect(200, 201);
        ObjectNode body = Api.JSON.createObjectNode().put("tokens", true);
        ArrayNode sessions = body.putArray("sessions");
        for (Board.Member member : board.members()) {
            ObjectNode session = sessions.addObject()
                    .put("id", member.id())
                    .put("swarm", board.swarm())
                    .put("provider", member.provider())
                    .put("model", member.model())
                    .put("hourlyCost", member.hourlyCost())
                    .put("maxConcurrentTasks", member.maxConcurrentTasks());
            member.domains().forEach(session.putArray("domains")::add);
            member.tools().forEach(session.putArray("tools")::add);
        }
        Api.Answer enrolled = operator.post("/coordinator/sessions/batch", body).expect(200, 201);
        voters = board.members().stream()
                .map(member -> new Assembly.Voter(
                        member.id(),
                        operator.as(
                                enrolled.at("/tokens/" + member.id() + "/token").asText())))
                .toList();
        List<Agent> agents = new ArrayList<>();
        for (int i = 0; i < voters.size(); i++) {
            agents.add(new Agent(board.members().get(i), board, voters.get(i).api(), tally, models, config));
        }
        return List.copyOf(agents);
    }

    /**
     * Playing 80 hours in a minute would exceed the usual daily limit of a session. So each session, and all together,
     * may spend the estimate of the whole board.
     */
    private void budget(Api operator) throws InterruptedException {
        BigDecimal all = board.tasks().stream().map(Board.Task::estimatedCost).reduce(BigDecimal.ZERO, BigDecimal::add);
        ObjectNode limit = Api.JSON.createObjectNode().put("dailyLimit", all);
        operator.put("/budget/accounts/swarm:" + board.swarm(), limit).expect(200, 201);
        for (Board.Member member : board.members()) {
            operator.put("/budget/accounts/session:" + member.id(), limit).expect(200, 201);
        }
    }

    private void submit(Api operator, Board.Task task) throws InterruptedException {
        tally.submitting(task, System.nanoTime());
        operator.post("/coordinator/tasks", body(task)).expect(200, 201);
    }

    private void submitBatch(Api operator, List<Board.Task> tasks) throws InterruptedException {
        ObjectNode body = Api.JSON.createObjectNode();
        ArrayNode all = body.putArray("tasks");
        tasks.forEach(task -> all.add(body(task)));
        long sentAt = System.nanoTime();
        tasks.forEach(task -> tally.submitting(task, sentAt));
        operator.post("/coordinator/tasks/batch", body).expect(200, 201);
    }

    private ObjectNode body(Board.Task task) {
        ObjectNode body = Api.JSON
                .createObjectNode()
                .put("id", task.id())
                .put("swarm", board.swarm())
                .put("title", task.title())
                .put("priority", task.priority())
                .put("estimatedCost", task.estimatedCost());
        task.domains().forEach(body.putArray("domains")::add);
        task.tools().forEach(body.putArray("tools")::add);
        task.dependsOn().forEach(body.putArray("dependsOn")::add);
        body.putObject("payload")
                .put("estimatedHours", task.estimatedHours())
                .put("plannedAssignee", task.plannedAssignee());
        return body;
    }

    /** The sessions leave, so that nobody has to notice that they fell silent. */
    private void leave(Api operator) throws InterruptedException {
        for (Board.Member member : board.members()) {
            try {
                operator.delete("/coordinator/sessions/" + member.id()).expect(200, 204, 404);
            } catch (Api.Unexpected e) {
                out.println("A session of the sample could not leave: " + e.getMessage());
                return;
            }
        }
    }

    /** A part of the play. */
    private interface Part {
        void run() throws InterruptedException;
    }

    /** A part whose failure ends the play with a message. */
    private Runnable guarded(Part part) {
        return () -> {
            try {
                part.run();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                tally.stop(e.getMessage() == null ? e.toString() : e.getMessage());
            }
        };
    }
}
