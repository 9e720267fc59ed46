package io.infrafabric.proof;

import static io.infrafabric.proof.Accounts.together;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.fabric.Api.Answer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Seven sessions of a swarm that decide by the usual rules, {@code m0} to {@code m6}. */
record Electors(Team team) {
    private static final int COUNT = 7;

    static Electors enrol(Cluster cluster, String swarm) {
        Team team = new Team(cluster, swarm);
        for (int member = 0; member < COUNT; member++) {
            team.enrol("m" + member, Map.of());
        }
        return new Electors(team);
    }

    /** One of them opens it, and all vote at the same time: so many approve, the last ones reject, each in its own words. */
    String decide(String decision, int approvals, Map<String, ?> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("id", team.of(decision));
        body.put("swarm", team.swarm());
        body.put("summary", "Release it: " + decision);
        body.put("rationale", "All is tested.");
        team.does("m0", 201, "/consensus/decisions", body);
        String path = "/consensus/decisions/" + team.of(decision);
        List<Answer> answers =
                together(COUNT, member -> team.call("m" + member, path + "/votes", vote(member, member < approvals)));
        assertThat(answers).extracting(Answer::status).containsOnly(201);
        return path;
    }

    private static Map<String, Object> vote(int member, boolean approves) {
        return approves
                ? Map.of("vote", "approve", "rationale", "It works.", "confidence", 0.9)
                : Map.of(
                        "vote",
                        "reject",
                        "rationale",
                        objection(member),
                        "confidence",
                        0.9,
                        "alternative",
                        "Wait " + member + " weeks.",
                        "evidence",
                        List.of("https://example.org/log/" + member));
    }

    private static String objection(int member) {
        return "m" + member + ": nobody tried the rollback. ```\n# \u00e4 \ud83d\ude80 **";
    }

    /** What those who rejected said. */
    static String[] objections(int approvals) {
        return Stream.iterate(approvals, member -> member + 1)
                .limit(COUNT - approvals)
                .map(Electors::objection)
                .toArray(String[]::new);
    }
}
