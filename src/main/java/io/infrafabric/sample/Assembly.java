package io.infrafabric.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;

/**
 * When the board is done, the seven sessions vote on it: six approve, and the one that froze objects. It shows what the
 * API answered: the decision, and whether the memo has the objection word for word.
 */
final class Assembly {
    private static final String OBJECTION =
            "While I was frozen, my task was given to somebody else, and nobody asked me.";
    private static final Duration MEMO_WITHIN = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final String ROW = "  %-43s %s";

    /** What the documents say about a release in the same project, and what its own table lists. */
    private static final String THEN =
            ROW.formatted("a release of 2025-12-02, gate 80 %", "15 of 19 (79 %) stated, 20 of 23 (87 %) listed [3]");

    private static final String SOURCE = "  [3] docs/documented-votes.md decides the documented votes again";

    /** A voter. */
    record Voter(String id, Api api) {}

    private Assembly() {}

    /** The id of the decision on the board of this swarm, and of its memo. */
    static String decisionOf(String swarm) {
        return swarm + "-accepted";
    }

    /** Holds the vote, and gives the lines to show. They include whatever goes wrong. */
    static List<String> hold(Api operator, String swarm, List<Voter> voters, String objector)
            throws InterruptedException {
        String what = "vote on the result, with a hazard";
        try {
            String id = open(operator, swarm, voters);
            for (Voter voter : voters) {
                vote(voter, id, voter.id().equals(objector));
            }
            JsonNode memo = memo(operator, id);
            JsonNode views = memo.path("dissentingViews");
            boolean kept = views.size() == 1
                    && views.path(0).path("rationale").asText().equals(OBJECTION);
            String decided = "%d of %d approve: %s; the objection is %sin the memo"
                    .formatted(
                            memo.at("/consensus/approvals").asInt(),
                            memo.at("/consensus/totalVotes").asInt(),
                            memo.path("outcome").asText(),
                            kept ? "" : "NOT ");
            return List.of(ROW.formatted(what, decided), THEN, SOURCE);
        } catch (Api.Unexpected e) {
            return List.of(ROW.formatted(what, "could not be held: " + e.getMessage()));
        }
    }

    private static String open(Api operator, String swarm, List<Voter> voters) throws InterruptedException {
        ObjectNode body = Api.JSON
                .createObjectNode()
                .put("id", decisionOf(swarm))
                .put("swarm", swarm)
                .put("summary", "Accept the board as done")
                .put("rationale", "All tasks are completed.")
                .put("quorum", voters.size());
        body.putArray("hazards").add("safety");
        voters.forEach(voter -> body.withArray("electorate").add(voter.id()));
        Api.Answer opened = operator.post("/consensus/decisions", body);
        // A repeated call may have opened it already.
        return opened.expect(201, 409).status() == 409
                ? decisionOf(swarm)
                : opened.at("/id").asText();
    }

    private static void vote(Voter voter, String decision, boolean objects) throws InterruptedException {
        ObjectNode body = Api.JSON
                .createObjectNode()
                .put("vote", objects ? "reject" : "approve")
                .put("rationale", objects ? OBJECTION : "I have seen the results.");
        voter.api().post("/consensus/decisions/" + decision + "/votes", body).expect(201);
    }

    /** The reaction to the decision's closing writes the memo, a moment later. */
    private static JsonNode memo(Api operator, String decision) throws InterruptedException {
        long until = System.nanoTime() + MEMO_WITHIN.toNanos();
        for (; ; ) {
            Api.Answer memo = operator.get("/dissent/memos/" + decision).expect(200, 404);
            if (memo.status() == 200) {
                return memo.body();
            }
            if (System.nanoTime() > until) {
                throw memo.unexpected();
            }
            Thread.sleep(PAUSE);
        }
    }
}
