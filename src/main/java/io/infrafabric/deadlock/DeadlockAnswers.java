package io.infrafabric.deadlock;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.infrafabric.command.Idempotency;
import io.infrafabric.deadlock.DeadlockTable.Deadlock;
import io.infrafabric.deadlock.Reachable.Snapshot;
import io.infrafabric.deadlock.WaitGraph.Node;
import io.infrafabric.deadlock.WaitTransaction.Answer;
import io.infrafabric.deadlock.Waits.Mode;
import io.infrafabric.door.answer.AnswerWriter;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Shows callers the answers of the rules, as JSON with a status or as a problem. */
@ApplicationScoped
class DeadlockAnswers {

    /**
     * A wait.
     *
     * @param byFabric true if the fabric knows of it by itself
     */
    public record EdgeView(String on, Instant since, long version, Boolean byFabric) {}

    /**
     * What a session waits for.
     *
     * @param over named things that are already over, so that nobody waits for them
     * @param stale true if a newer report came first, so that this one changed nothing
     * @param cycle the cycle that the call closed, absent if it closed none
     * @param preempted the session that was preempted to end it
     * @param released the tasks that it gave up
     * @param deadlocks their ids, if one call closed several
     */
    public record WaitsView(
            String session,
            Mode mode,
            String reason,
            String taskId,
            long version,
            @JsonInclude(JsonInclude.Include.ALWAYS) List<EdgeView> waitingOn,
            List<String> over,
            Boolean stale,
            List<String> cycle,
            String preempted,
            List<String> released,
            List<String> deadlocks) {}

    /**
     * A node of the graph.
     *
     * @param needs {@code ALL} or {@code ANY} of its edges; absent for a node that waits for nothing
     * @param human whether it cannot go on unless a human acts
     */
    public record NodeView(String id, Mode needs, boolean human, Instant since, String reason, String taskId) {}

    /** An edge of the graph; those without a start follow from the state of tasks, blockers and votes. */
    public record ArrowView(String from, String to, Mode mode, Instant since, Long version, Boolean byFabric) {}

    /** Who waits for what in a swarm; {@code truncated} if there is more. */
    public record GraphView(String swarm, List<NodeView> nodes, List<ArrowView> edges, boolean truncated) {}

    private final AnswerWriter json;

    DeadlockAnswers(AnswerWriter json) {
        this.json = json;
    }

    static WaitsView shown(Waits waits, Answer.Told told) {
        List<Deadlock> deadlocks = told == null ? List.of() : told.deadlocks();
        Deadlock first = deadlocks.isEmpty() ? null : deadlocks.getFirst();
        return new WaitsView(
                waits.session(),
                waits.mode(),
                waits.reason(),
                waits.task(),
                waits.newest(),
                waits.open().values().stream()
                        .map(edge -> new EdgeView(
                                edge.target(), edge.since(), edge.version(), edge.byFabric() ? true : null))
                        .toList(),
                told == null || told.over().isEmpty() ? null : told.over(),
                (told != null && told.stale()) ? true : null,
                first == null ? null : first.cycle(),
                first == null ? null : first.victim(),
                first == null
                        ? null
                        : deadlocks.stream()
                                .flatMap(deadlock -> deadlock.released().stream())
                                .distinct()
                                .toList(),
                first == null ? null : deadlocks.stream().map(Deadlock::id).toList());
    }

    /**
     * The graph as read, with the electors that open decisions wait for. They are shown, but decide nothing, because a
     * decision closes without them when its time is up.
     */
    static GraphView shown(String swarm, Snapshot read, Map<String, List<String>> missing, boolean truncated) {
        Set<String> humans = read.graph().needHumans(read.nodes().keySet());
        Map<String, Node> all = new TreeMap<>(read.nodes());
        missing.forEach((decision, electors) -> {
            String name = new WaitTarget(WaitTarget.Kind.DECISION, decision).name();
            all.put(
                    name,
                    new Node(
                            name,
                            List.of(),
                            electors.stream().map(WaitTarget::session).toList(),
                            false));
        });
        Map<String, NodeView> nodes = new TreeMap<>();
        List<ArrowView> arrows = new ArrayList<>();
        for (Node node : all.values()) {
            Waits waits = waits(read, node.name());
            nodes.put(
                    node.name(),
                    new NodeView(
                            node.name(),
                            node.any().isEmpty() ? node.all().isEmpty() ? null : Mode.ALL : Mode.ANY,
                            humans.contains(node.name()),
                            waits == null ? null : waits.since(waits.open().keySet()),
                            waits == null ? null : waits.reason(),
                            waits == null ? null : waits.task()));
            node.all().forEach(needed -> arrows.add(arrow(node.name(), needed, Mode.ALL, waits)));
            node.any().forEach(needed -> arrows.add(arrow(node.name(), needed, Mode.ANY, waits)));
        }
        new TreeSet<>(arrows.stream().map(ArrowView::to).toList())
                .forEach(
                        name -> nodes.computeIfAbsent(name, free -> new NodeView(free, null, false, null, null, null)));
        return new GraphView(swarm, List.copyOf(nodes.values()), arrows, truncated || read.cut());
    }

    private static Waits waits(Snapshot read, String name) {
        WaitTarget target = WaitTarget.of(name).orElseThrow();
        return target.kind() == WaitTarget.Kind.SESSION ? read.waits().get(target.id()) : null;
    }

    private static ArrowView arrow(String from, String to, Mode mode, Waits waits) {
        Waits.Edge edge = waits == null ? null : waits.edges().get(to);
        return edge == null
                ? new ArrowView(from, to, mode, null, null, null)
                : new ArrowView(from, to, mode, edge.since(), edge.version(), edge.byFabric() ? true : null);
    }

    Idempotency.Answer toKeep(Answer answer) {
        return answer instanceof Answer.Told told ? rendered(200, shown(told.waits(), told)) : null;
    }

    /** The answer to a report, or the {@link Problem} that says why not. */
    Idempotency.Answer shown(Answer answer, String session) {
        Idempotency.Answer told = toKeep(answer);
        if (told == null) {
            throw refusal(answer, session);
        }
        return told;
    }

    /** The JSON of an answer with this status. */
    Idempotency.Answer rendered(int status, Object body) {
        return json.write(status, body);
    }

    static Problem refusal(Answer answer, String session) {
        return switch (answer) {
            case Answer.Told told -> throw new IllegalArgumentException("not a refusal: " + told);
            case Answer.Cycle(List<String> cycle) ->
                Problem.of(
                                Code.IF_ERR_WAIT_CYCLE,
                                "These would wait for each other: " + String.join(" -> ", cycle) + " -> "
                                        + cycle.getFirst() + ".")
                        .with("cycle", cycle);
            case Answer.Itself(String target) ->
                Problem.of(
                                Code.IF_ERR_SELF_WAIT,
                                "Session " + session + " would wait for itself: "
                                        + (target.equals(WaitTarget.session(session))
                                                ? "it is " + target + "."
                                                : "it holds " + target + "."))
                        .with("field", "waitingOn")
                        .with("target", target);
            case Answer.Unknown(WaitTarget target) ->
                Problem.of(
                                switch (target.kind()) {
                                    case TASK -> Code.IF_ERR_UNKNOWN_TASK;
                                    case ACCOUNT -> Code.IF_ERR_UNKNOWN_ACCOUNT;
                                    case SESSION -> Code.IF_ERR_UNKNOWN_SESSION;
                                    case BLOCKER -> Code.IF_ERR_UNKNOWN_BLOCKER;
                                    case DECISION -> Code.IF_ERR_UNKNOWN_DECISION;
                                    case HUMAN -> Code.IF_ERR_UNKNOWN_CASE;
                                },
                                "There is no " + target.name() + " that session " + session + " could wait for.")
                        .with("field", "waitingOn")
                        .with("target", target.name());
            case Answer.NotYet(Instant since, Instant now) ->
                Problem.badInput("since", "a time that is not in the future: " + since + " is after " + now);
            case Answer.UnknownSession _ -> Problem.unknownSession(session);
            case Answer.Left _ ->
                Problem.of(Code.IF_ERR_SESSION_LEFT, "Session " + session + " has left its swarm.")
                        .with("session", session);
            case Answer.TooMany(int max) ->
                Problem.of(Code.IF_ERR_TOO_MANY_WAITS, "A session may wait for at most " + max + " things at once.")
                        .with("max", max);
            case Answer.TooFar(int max) ->
                Problem.of(
                                Code.IF_ERR_TOO_MANY_WAITS,
                                "More than " + max + " things would be reachable from this wait.")
                        .with("max", max);
        };
    }
}
