package io.infrafabric.sample;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;

/**
 * A task whose result must be accepted by a checker, after the play. The first result lacks what the task asks for: the
 * session is told so and goes on. The second one is accepted.
 */
final class Acceptance {
    private static final String PREFIX = "checked-";
    private static final String MODULE = "sample-schema";
    private static final String CHECKER = "/sample/schema.wasm";
    private static final int WAIT_SECONDS = 20;
    /** The most calls that wait for one verdict: where the chassis starts from zero, it takes a while. */
    private static final int LOOKS = 3;

    private final Board board;
    private final Api operator;

    Acceptance(Board board, Api operator) {
        this.board = board;
        this.operator = operator;
    }

    /** Plays it, and says in two lines what came of it. */
    List<String> play() throws InterruptedException {
        byte[] checker = checker();
        operator.put("/chassis/modules/" + MODULE, "application/wasm", checker).expect(200);
        String session = PREFIX + board.members().getFirst().id();
        String task = PREFIX + board.swarm();
        Api anna = enrol(session);
        submit(task, session);
        long epoch = anna.post(
                        "/coordinator/sessions/" + session + "/claims",
                        Api.JSON.createObjectNode().put("taskId", task).put("leaseSeconds", 60))
                .expect(201)
                .at("/lease/epoch")
                .asLong();
        Api.Answer refused = hands(anna, task, epoch, "page").expect(422);
        Api.Answer accepted = hands(anna, task, epoch, "pages").expect(200);
        operator.delete("/coordinator/sessions/" + session).expect(200, 204, 404);
        return List.of(
                "  A result that a checker must accept (a WASM module of %d kB, in the sandbox of the chassis):"
                        .formatted((checker.length + 999) / 1000),
                "    the first was refused (%s), the second was accepted: the task is %s"
                        .formatted(
                                refused.at("/said").asText(),
                                accepted.at("/state").asText()));
    }

    private Api enrol(String session) throws InterruptedException {
        ObjectNode body = Api.JSON.createObjectNode().put("tokens", true);
        body.putArray("sessions").addObject().put("id", session).put("swarm", PREFIX + board.swarm());
        return operator.as(operator.post("/coordinator/sessions/batch", body)
                .expect(200, 201)
                .at("/tokens/" + session + "/token")
                .asText());
    }

    private void submit(String task, String session) throws InterruptedException {
        ObjectNode body = Api.JSON
                .createObjectNode()
                .put("id", task)
                .put("swarm", PREFIX + board.swarm())
                .put("title", "Count the pages of the documents")
                .put("priority", "P1")
                .put("assignee", session);
        body.putArray("dependsOn");
        body.putObject("check").put("module", MODULE);
        ObjectNode schema = body.putObject("payload").putObject("schema").put("type", "object");
        schema.putArray("required").add("pages");
        operator.post("/coordinator/tasks", body).expect(200, 201);
    }

    /** Hands in a result with this member, and waits for its verdict. */
    private static Api.Answer hands(Api session, String task, long epoch, String member) throws InterruptedException {
        ObjectNode end =
                Api.JSON.createObjectNode().put("epoch", epoch).put("cost", 0).put("waitSeconds", WAIT_SECONDS);
        end.putObject("result").put(member, 3);
        String path = "/coordinator/tasks/" + task + "/complete";
        Duration wait = Duration.ofSeconds(WAIT_SECONDS);
        Api.Answer answer = session.postAndWait(path, end, wait);
        for (int look = 1; look < LOOKS && answer.status() == 202; look++) {
            answer = session.postAndWait(path, end, wait);
        }
        return answer;
    }

    private static byte[] checker() {
        try (InputStream file = Acceptance.class.getResourceAsStream(CHECKER)) {
            if (file == null) {
                throw new IllegalStateException(CHECKER + " is missing from the application");
            }
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(CHECKER + " cannot be read", e);
        }
    }
}
