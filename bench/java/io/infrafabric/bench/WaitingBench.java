package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.infrafabric.bench.Fabric.Session;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What sessions cost that wait in one process, each with a claim on a connection of its own. */
@Tag("bench")
class WaitingBench {
    private static final String SWARM = "waiting";
    private static final int WAIT_SECONDS = 50;
    private static final int AT_ONCE = 200;
    private static final long BETWEEN_MILLIS = 50;
    private static final long IDLE_MILLIS = 10_000;
    private static final int TASKS = 100;
    private static final Pattern GAUGE = Pattern.compile("s2_claims_waiting(?:\\{[^}]*})? ([0-9.E]+)");

    @Test
    void waiting() {
        Report.section("waiting");
        if (!Files.exists(Path.of("/proc/self/status"))) {
            Report.say("Left out: memory and threads of a process are read from /proc, which is not here.");
            return;
        }
        int count = Sizes.BENCH_WAITING.get();
        Vertx vertx = Vertx.vertx();
        var tokens = Fabric.tokens();
        try (Fabric fabric = Fabric.start(
                vertx, "waiting", Ground.fresh("waiting", 5), tokens, count + 16, Map.of())) {
            List<Session> sessions = fabric.enrol(SWARM, count);
            // What the first wait loads and compiles is not counted as the price of waiting.
            wait(fabric, sessions.subList(0, Math.min(count, TASKS)), 1);
            await().atMost(Duration.ofSeconds(30)).until(() -> waiting(fabric, tokens.operatorToken()) == 0);
            Shares idleBefore = Shares.of(fabric);
            ProcessLook before = ProcessLook.at(fabric.process().pid());
            Queue<Long> pickedUp = wait(fabric, sessions, WAIT_SECONDS);
            await().atMost(Duration.ofSeconds(WAIT_SECONDS)).until(() -> waiting(fabric, tokens.operatorToken()) == count);
            Shares idle = Shares.of(fabric);
            ProcessLook with = ProcessLook.at(fabric.process().pid());
            int still = waiting(fabric, tokens.operatorToken());
            double first = pickup(fabric, pickedUp);
            assertThat(pickedUp).hasSize(1);
            long start = System.nanoTime();
            for (int i = 1; i < TASKS; i++) {
                Ground.await(fabric.submit(SWARM));
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> pickedUp.size() == TASKS);
            double others = (System.nanoTime() - start) / 1e6 / (TASKS - 1);
            report(before, with, still, idleBefore, idle);
            Report.say("One task submitted then was picked up by one of them after " + Figures.text(first)
                    + " ms; " + (TASKS - 1) + " more, one after the other, took " + Figures.text(others)
                    + " ms each. None was picked up twice.");
            assertThat(pickedUp).hasSize(TASKS);
        } finally {
            Ground.await(vertx.close());
        }
    }

    /** Has these sessions wait; the times at which those who get a task do so. */
    private static Queue<Long> wait(Fabric fabric, List<Session> sessions, int seconds) {
        Queue<Long> pickedUp = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < sessions.size(); i++) {
            fabric.claim(sessions.get(i), seconds)
                    .onSuccess(answer -> {
                        if (answer.status() == 201) {
                            pickedUp.add(System.nanoTime());
                        }
                    });
            if (i % AT_ONCE == AT_ONCE - 1) {
                Ground.pause(BETWEEN_MILLIS);
            }
        }
        return pickedUp;
    }

    private static double pickup(Fabric fabric, Queue<Long> pickedUp) {
        long start = System.nanoTime();
        Ground.await(fabric.submit(SWARM));
        await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(5)).until(() -> !pickedUp.isEmpty());
        return (pickedUp.peek() - start) / 1e6;
    }

    private static int waiting(Fabric fabric, String operator) {
        Matcher gauge = GAUGE.matcher(
                fabric.process().api().get("/q/metrics", operator).body().asText());
        return gauge.find() ? (int) Double.parseDouble(gauge.group(1)) : -1;
    }

    /** Of one processor, in per cent, while nothing is asked of it; and what the JVM's compilers take of that. */
    private record Shares(double all, double compilers) {
        static Shares of(Fabric fabric) {
            long pid = fabric.process().pid();
            double before = ProcessLook.processorSeconds(pid);
            double compilersBefore = ProcessLook.compilerSeconds(pid);
            Ground.pause(IDLE_MILLIS);
            double seconds = IDLE_MILLIS / 1000.0;
            return new Shares(
                    100 * (ProcessLook.processorSeconds(pid) - before) / seconds,
                    100 * (ProcessLook.compilerSeconds(pid) - compilersBefore) / seconds);
        }
    }

    private static void report(ProcessLook before, ProcessLook with, int waiting, Shares idleBefore, Shares idle) {
        Report.say("Sessions with a waiting claim on one process, each on a connection of its own; after a garbage"
                + " collection. To hold: no thread a session.");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("one process", "nobody waits", Figures.whole(waiting) + " wait", "a session"));
        rows.addAll(before.beside(with, waiting));
        rows.add(List.of(
                "processor while idle", Figures.text(idleBefore.all()) + " %", Figures.text(idle.all()) + " %", ""));
        rows.add(List.of(
                "of that, the JVM's compilers",
                Figures.text(idleBefore.compilers()) + " %",
                Figures.text(idle.compilers()) + " %",
                ""));
        Report.table(rows);
    }
}
