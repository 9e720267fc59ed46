package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A swarm of one test: its sessions with their tokens. */
public record Swarm(String id, Cluster cluster, List<Member> members) {
    private static final int BATCH = 500;

    /** What a claimant was granted. */
    record Grant(String task, String session, long epoch) {
        public static Grant of(Answer answer) {
            JsonNode task = answer.body().path("task");
            return new Grant(
                    task.path("id").asText(),
                    task.path("holder").asText(),
                    answer.body().path("lease").path("epoch").asLong());
        }
    }

    /** A session as its own client. */
    record Member(String id, String token) {
        Answer claim(Api api, Map<String, ?> wish, String... headers) {
            return api.post("/coordinator/sessions/" + id + "/claims", wish, token, headers);
        }

        /** Claims that task, which must be there for it. */
        Grant mustClaim(Api api, String task, int leaseSeconds) {
            Answer answer = claim(api, Map.of("taskId", task, "leaseSeconds", leaseSeconds));
            assertThat(answer.status())
                    .as("claim of %s: %s", task, answer.body())
                    .isEqualTo(201);
            return Grant.of(answer);
        }

        Answer complete(Api api, Grant grant) {
            return api.post("/coordinator/tasks/" + grant.task() + "/complete", Map.of("epoch", grant.epoch()), token);
        }

        Answer renew(Api api, Grant grant, int leaseSeconds) {
            return api.post(
                    "/coordinator/tasks/" + grant.task() + "/renew",
                    Map.of("epoch", grant.epoch(), "leaseSeconds", leaseSeconds),
                    token);
        }

        Answer heartbeat(Api api) {
            return api.post("/coordinator/sessions/" + id + "/heartbeat", Map.of(), token);
        }

        Answer inbox(Api api, int waitSeconds) {
            return api.get("/coordinator/sessions/" + id + "/inbox?waitSeconds=" + waitSeconds, token);
        }
    }

    /** Enrols that many sessions with what {@code more} says of each. */
    public static Swarm enrol(Cluster cluster, String id, int count, Map<String, ?> more) {
        List<Map<String, Object>> sessions = IntStream.range(0, count)
                .mapToObj(number -> {
                    Map<String, Object> session = new HashMap<>(more);
                    session.put("id", id + "-s" + number);
                    session.put("swarm", id);
                    return session;
                })
                .toList();
        Answer enrolled = cluster.api(0)
                .post("/coordinator/sessions/batch", Map.of("sessions", sessions, "tokens", true), cluster.operator());
        assertThat(enrolled.status()).as("%s", enrolled.body()).isEqualTo(201);
        JsonNode tokens = enrolled.body().path("tokens");
        return new Swarm(
                id,
                cluster,
                IntStream.range(0, count)
                        .mapToObj(number -> new Member(
                                id + "-s" + number,
                                tokens.path(id + "-s" + number).path("token").asText()))
                        .toList());
    }

    Member member(int index) {
        return members.get(index);
    }

    /** The member with that id. */
    Member member(String session) {
        return members.stream()
                .filter(member -> member.id().equals(session))
                .findAny()
                .orElseThrow();
    }

    /** A task for the swarm, with what {@code more} says besides. */
    public Map<String, Object> task(String task, Map<String, ?> more) {
        Map<String, Object> body = new HashMap<>(more);
        body.put("id", task);
        body.put("swarm", id);
        body.put("title", task);
        return body;
    }

    /** Submits tasks with the ids {@code <swarm>-<from>} up to {@code <swarm>-<to - 1>}. */
    public void submit(Api api, int from, int to, Map<String, ?> more) {
        List<Map<String, Object>> tasks = IntStream.range(from, to)
                .mapToObj(number -> task(id + "-" + number, more))
                .toList();
        for (int start = 0; start < tasks.size(); start += BATCH) {
            submit(api, new ArrayList<>(tasks.subList(start, Math.min(start + BATCH, tasks.size()))));
        }
    }

    /** Submits these together. */
    public void submit(Api api, List<Map<String, Object>> tasks) {
        Answer answer = api.post("/coordinator/tasks/batch", Map.of("tasks", tasks), cluster.operator());
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(201);
    }

    /** A task as an operator sees it. */
    JsonNode look(Api api, String task) {
        Answer answer = api.get("/coordinator/tasks/" + task, cluster.operator());
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(200);
        return answer.body();
    }

    /** How many of its tasks are in this state. */
    long inState(String state) {
        return cluster.count("SELECT count(*) FROM coordinator_task WHERE swarm = ? AND state = ?", id, state);
    }

    /** How many steps of this kind its tasks have in their histories. */
    long steps(String what) {
        return cluster.count(
                "SELECT count(*) FROM coordinator_history h JOIN coordinator_task t ON t.id = h.task"
                        + " WHERE t.swarm = ? AND h.what = ?",
                id,
                what);
    }

    /** Completions that were counted as outcomes in their transactions, over all its sessions and domains; each was 1 when it was new. */
    double outcomes() {
        return cluster.number(
                "SELECT sum(o.total) FROM coordinator_outcome o JOIN coordinator_session s ON s.id = o.session"
                        + " WHERE s.swarm = ?",
                id);
    }
}
