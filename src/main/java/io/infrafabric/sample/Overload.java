package io.infrafabric.sample;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The overload of the original run, after the play: two of seven sessions held 18 of the 28 critical tasks, and the
 * others had nothing to do. In a swarm of its own the two get those tasks again. The others say that they are idle
 * until they get nothing more, and the two do the rest. Each call runs after the other on one thread: this shows who
 * takes what, not how fast.
 */
final class Overload {
    private static final String PREFIX = "overload-";

    private final Board board;
    private final Api operator;
    private final String swarm;
    private final Map<String, List<Board.Task>> held;

    Overload(Board board, Api operator) {
        this.board = board;
        this.operator = operator;
        this.swarm = board.swarm() + "-overload";
        this.held = overloaded(board);
    }

    /** The tasks of the two sessions that held most of the critical ones. */
    private static Map<String, List<Board.Task>> overloaded(Board board) {
        return board.tasks().stream()
                .filter(task -> !task.filler())
                .collect(Collectors.groupingBy(Board.Task::plannedAssignee))
                .entrySet()
                .stream()
                .sorted((a, b) -> b.getValue().size() - a.getValue().size())
                .limit(2)
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Plays the overload, and says in a line or two what came of it. */
    List<String> play() throws InterruptedException {
        Map<String, Api> sessions = enrol();
        submit();
        int stolen = 0;
        int thieves = 0;
        for (Board.Member member : board.members()) {
            if (!held.containsKey(member.id())) {
                int taken =
                        doAll(sessions.get(member.id()), "/stealing/sessions/" + PREFIX + member.id() + "/idle", null);
                stolen += taken;
                thieves += taken > 0 ? 1 : 0;
            }
        }
        int kept = 0;
        ObjectNode ownOnly = Api.JSON
                .createObjectNode()
                .put("waitSeconds", 0)
                .put("leaseSeconds", 60)
                .put("steal", false);
        for (String owner : held.keySet()) {
            kept += doAll(sessions.get(owner), "/coordinator/sessions/" + PREFIX + owner + "/claims", ownOnly);
        }
        for (Board.Member member : board.members()) {
            operator.delete("/coordinator/sessions/" + PREFIX + member.id()).expect(200, 204, 404);
        }
        long critical = board.tasks().stream().filter(task -> !task.filler()).count();
        return List.of(
                "  Its overload, %d of %d critical tasks with %d sessions, the other %d idle:"
                        .formatted(
                                stolen + kept,
                                critical,
                                held.size(),
                                board.members().size() - held.size()),
                "    %d stolen by %d that can do them (score at least 0.70), %d kept by their owners"
                        .formatted(stolen, thieves, kept));
    }

    private Map<String, Api> enrol() throws InterruptedException {
        ObjectNode body = Api.JSON.createObjectNode().put("tokens", true);
        ArrayNode all = body.putArray("sessions");
        for (Board.Member member : board.members()) {
            ObjectNode session = all.addObject().put("id", PREFIX + member.id()).put("swarm", swarm);
            member.domains().forEach(session.putArray("domains")::add);
            member.tools().forEach(session.putArray("tools")::add);
        }
        Api.Answer enrolled = operator.post("/coordinator/sessions/batch", body).expect(200, 201);
        Map<String, Api> sessions = new HashMap<>();
        for (Board.Member member : board.members()) {
            sessions.put(
                    member.id(),
                    operator.as(enrolled.at("/tokens/" + PREFIX + member.id() + "/token")
                            .asText()));
        }
        return sessions;
    }

    /** Submits without dependencies and prices, so that all tasks are queued. */
    private void submit() throws InterruptedException {
        ObjectNode body = Api.JSON.createObjectNode();
        ArrayNode all = body.putArray("tasks");
        held.forEach((owner, tasks) -> tasks.forEach(task -> {
            ObjectNode one = all.addObject()
                    .put("id", PREFIX + task.id())
                    .put("swarm", swarm)
                    .put("title", task.title())
                    .put("priority", task.priority())
                    .put("assignee", PREFIX + owner);
            task.domains().forEach(one.putArray("domains")::add);
            task.tools().forEach(one.putArray("tools")::add);
            one.putArray("dependsOn");
        }));
        operator.post("/coordinator/tasks/batch", body).expect(200, 201);
    }

    /** Repeats this call and does the task that it gives, until it gives none. Gives their number. */
    private static int doAll(Api session, String path, ObjectNode body) throws InterruptedException {
        int done = 0;
        while (true) {
            Api.Answer granted = session.post(path, body == null ? Api.JSON.createObjectNode() : body);
            if (granted.expect(200, 201, 204).status() == 204) {
                return done;
            }
            ObjectNode end = Api.JSON
                    .createObjectNode()
                    .put("epoch", granted.at("/lease/epoch").asLong())
                    .put("cost", 0);
            session.post("/coordinator/tasks/" + granted.at("/task/id").asText() + "/complete", end)
                    .expect(200);
            done++;
        }
    }
}
