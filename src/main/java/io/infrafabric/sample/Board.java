package io.infrafabric.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The board of the original run and who worked on it: the fixture {@code sample/phase0.json}, as facts.
 *
 * @param suffix of all ids, if an earlier play broke off; empty in the first play
 * @param swarm id of the swarm that is played
 * @param documented what the documents of the original run say
 */
record Board(String suffix, String swarm, Documented documented, List<Member> members, List<Task> tasks) {
    private static final String FIXTURE = "/sample/phase0.json";

    /**
     * The original run.
     *
     * @param run its date
     * @param doneMoreThanOnce tasks that more than one session completed
     * @param doneBeforeDependency tasks that were completed while a dependency was not done
     * @param pollingMillis interval of git polling
     * @param criticalCost estimated cost of all tasks except fillers, in USD
     * @param countsSource documents of the two counts
     * @param pollingSource document of the interval
     */
    record Documented(
            String run,
            int doneMoreThanOnce,
            int doneBeforeDependency,
            long pollingMillis,
            BigDecimal criticalCost,
            String countsSource,
            String pollingSource) {}

    /** A session of the original run; {@code hourlyCost} in USD. */
    record Member(
            String id,
            List<String> domains,
            List<String> tools,
            String provider,
            String model,
            BigDecimal hourlyCost,
            int maxConcurrentTasks) {}

    /**
     * A task of the board.
     *
     * @param estimatedCost in USD
     * @param plannedAssignee who should have done it: information only, the play does not assign
     * @param filler not on the critical path
     * @param doneBy who completed it in the original run, if more than one session did; otherwise empty
     */
    record Task(
            String id,
            String title,
            List<String> domains,
            List<String> tools,
            String priority,
            BigDecimal estimatedHours,
            BigDecimal estimatedCost,
            List<String> dependsOn,
            String plannedAssignee,
            boolean filler,
            List<String> doneBy) {}

    /** Reads the fixture; a broken one is a bug and throws. */
    static Board load() {
        try (InputStream fixture = Board.class.getResourceAsStream(FIXTURE)) {
            if (fixture == null) {
                throw new IllegalStateException(FIXTURE + " is missing from the application");
            }
            JsonNode root = new ObjectMapper().readTree(fixture);
            return new Board(
                    "",
                    root.required("swarm").asText(),
                    documented(root.required("documented")),
                    each(root.required("sessions"), Board::member),
                    each(root.required("tasks"), Board::task));
        } catch (IOException e) {
            throw new UncheckedIOException(FIXTURE + " cannot be read", e);
        }
    }

    /** The same board for the {@code number}th play: all ids end in it from the second on, since the first ones are taken. */
    Board ofPlay(int number) {
        if (number == 1) {
            return this;
        }
        String next = "-" + number;
        return new Board(
                next,
                swarm + next,
                documented,
                members.stream()
                        .map(m -> new Member(
                                m.id() + next,
                                m.domains(),
                                m.tools(),
                                m.provider(),
                                m.model(),
                                m.hourlyCost(),
                                m.maxConcurrentTasks()))
                        .toList(),
                tasks.stream().map(task -> renamed(task, next)).toList());
    }

    private static Task renamed(Task task, String suffix) {
        return new Task(
                task.id() + suffix,
                task.title(),
                task.domains(),
                task.tools(),
                task.priority(),
                task.estimatedHours(),
                task.estimatedCost(),
                task.dependsOn().stream().map(id -> id + suffix).toList(),
                task.plannedAssignee() + suffix,
                task.filler(),
                task.doneBy().stream().map(id -> id + suffix).toList());
    }

    /** What an id of the fixture is called in this play. */
    String here(String id) {
        return id + suffix;
    }

    Map<String, Task> tasksById() {
        return tasks.stream().collect(Collectors.toMap(Task::id, Function.identity()));
    }

    private static Documented documented(JsonNode d) {
        JsonNode sources = d.required("sources");
        return new Documented(
                d.required("run").asText(),
                d.required("tasksDoneMoreThanOnce").asInt(),
                d.required("tasksCompletedBeforeDependency").asInt(),
                d.required("pollingMillis").asLong(),
                money(d.required("criticalCost")),
                sources.required("tasksDoneMoreThanOnce").asText(),
                sources.required("pollingMillis").asText());
    }

    private static Member member(JsonNode s) {
        return new Member(
                s.required("id").asText(),
                texts(s.required("domains")),
                texts(s.required("tools")),
                s.required("provider").asText(),
                s.required("model").asText(),
                money(s.required("hourlyCost")),
                s.required("maxConcurrentTasks").asInt());
    }

    private static Task task(JsonNode t) {
        return new Task(
                t.required("id").asText(),
                t.required("title").asText(),
                texts(t.required("domains")),
                texts(t.required("tools")),
                t.required("priority").asText(),
                money(t.required("estimatedHours")),
                money(t.required("estimatedCost")),
                texts(t.required("dependsOn")),
                t.required("plannedAssignee").asText(),
                t.required("filler").asBoolean(),
                t.has("doneBy") ? texts(t.required("doneBy")) : List.of());
    }

    private static BigDecimal money(JsonNode number) {
        return new BigDecimal(number.asText());
    }

    private static List<String> texts(JsonNode array) {
        return each(array, JsonNode::asText);
    }

    private static <T> List<T> each(JsonNode array, Function<JsonNode, T> read) {
        List<T> all = new ArrayList<>();
        array.forEach(element -> all.add(read.apply(element)));
        return List.copyOf(all);
    }
}
