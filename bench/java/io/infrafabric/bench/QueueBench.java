package io.infrafabric.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bench.Fabric.Answer;
import io.infrafabric.bench.Fabric.Session;
import io.infrafabric.bench.PlainHttp.Raw;
import io.infrafabric.bench.QueueLoad.Kind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What a claim costs in a mixed swarm: beside tasks that the session cannot have, beside many lanes, while an old snapshot
 * stays open, and while a task with many dependants is completed. Each claim is made over HTTP, one at a time, and its task is
 * completed and submitted again, so that the next claim finds the same.
 */
@Tag("bench")
class QueueBench {
    private static final int FRONT = Sizes.BENCH_FRONT.get();
    private static final int DEPENDANTS = Sizes.BENCH_DEPENDANTS.get();
    private static final int MOST_ROUNDS = 20;
    private static final int MOST_TOGETHER = 20_000;
    private static final int LANES = 1_000;
    private static final int FEWEST = 100;
    private static final String KNOWN = "java";
    private static final String FULL = "machine";
    private static final String SMALL = "small";
    private static final String BIG = "big";
    private static final double LEAST_SCORE = 0.7;
    private static final int LONG_LEASE = 86_400;
    private static final Map<String, String> SETTINGS = Map.of("S2_COORDINATOR_MAX_WAITING_TASKS", "100000000");

    private static final String EMPTY = "an empty queue";
    private static final String SCORED = "an empty queue, with minScore";

    private Fabric fabric;
    private QueueLoad load;
    private PlainHttp client;
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * A session that claims, and what is submitted for it again after each claim.
     *
     * @param again keeps the key or the domain of what was claimed
     */
    private record Place(String swarm, Session session, JsonObject claim, JsonObject task, String again) {}

    @Test
    void queue() {
        Vertx vertx = Vertx.vertx();
        Ground ground = Ground.fresh("queue", 4);
        Pool database = ground.pool(vertx, 2);
        try (Fabric process = Fabric.start(vertx, "queue", ground, Fabric.tokens(), Lanes.IN_FLIGHT, SETTINGS)) {
            fabric = process;
            renew();
            load = new QueueLoad(database);
            rows.add(List.of("claim", "p50, ms", "p99, ms", "baseline p50, p99", "ratio", "asked", "holds"));
            workOff(vertx, Sizes.BENCH_WARM_FLOW.get(), "warm", new JsonObject());
            Place alone = place("alone", new JsonObject(), new JsonObject(), null);
            prepare(alone);
            Figures before = measure(Map.of(EMPTY, alone)).get(EMPTY);
            row(EMPTY + ", before anything else is queued", before, before, 0.5, 0);
            if (FRONT > 0) {
                inFront(alone);
            }
            if (Sizes.BENCH_FLOW.get() > 0) {
                snapshot(vertx, database, "", null);
                snapshot(vertx, database, ", with estimatedCost", "0.01");
            }
            if (DEPENDANTS > 0) {
                besideMany("queued", (session, root) -> fabric.complete(session, root));
                besideMany("cancelled", (session, root) -> fabric.operate(
                        Fabric.completion(root).replace("/complete", "/cancel"),
                        new JsonObject().put("reason", "bench").put("cascade", true)));
            }
            report();
        } finally {
            hangUp();
            Ground.await(vertx.close());
        }
    }

    /** One after the other in turn, so that noise is shared. */
    private void inFront(Place alone) {
        Map<String, Place> places = new LinkedHashMap<>();
        JsonObject score = new JsonObject().put("minScore", LEAST_SCORE);
        JsonObject known = new JsonObject().put("domains", new JsonArray().add(KNOWN));
        places.put(EMPTY, alone);
        places.put(SCORED, place("scored", score, known, null));
        String requires = front("requires", new JsonObject(), new JsonObject(), places, "that require what it lacks");
        load.queue(requires, FRONT, 0, Kind.PLAIN.requires("'{docker}'"));
        String need = front("need", score, known, places, "below its minScore");
        load.queue(need, FRONT, 0, Kind.PLAIN.domains("'{cobol}'"));
        String dear = front("dear", new JsonObject(), new JsonObject(), places, "that it cannot pay");
        load.queue(dear, FRONT, 0, Kind.PLAIN.price("500"));
        limit(places.get(named("that it cannot pay")).session());
        String full = front("full", new JsonObject(), new JsonObject(), places, "whose key is full");
        fill(full);
        load.queue(full, FRONT, 0, Kind.PLAIN.concurrency("'{" + FULL + "}'"));
        String had = LANES + " lanes that it can have";
        places.put(had, place("had", new JsonObject(), new JsonObject(), "domains"));
        load.queue("had", Math.max(FRONT, LANES), 0, Kind.PLAIN.domains("ARRAY['lane-' || n % " + LANES + "]"));
        String lacked = LANES + " lanes that it lacks";
        places.put(lacked, place("lacked", new JsonObject(), new JsonObject(), null));
        load.queue("lacked", Math.max(FRONT, LANES), 0, Kind.PLAIN.requires("ARRAY['lane-' || n % " + LANES + "]"));
        String fair = "one fairBy with " + Figures.whole(FRONT) + " and one with one";
        JsonObject small = new JsonObject().put("fairBy", SMALL).put("priority", "P0");
        places.put(fair, place("fair", new JsonObject(), small, "fairBy"));
        load.queue("fair", FRONT, 0, Kind.PLAIN.fairBy("'" + BIG + "'"));
        load.analyze();
        renew();
        places.forEach((name, place) -> {
            if (!name.equals(EMPTY)) {
                prepare(place);
            }
        });
        Map<String, Figures> found = measure(places);
        Figures empty = found.get(EMPTY);
        Figures scored = found.get(SCORED);
        found.forEach((name, own) -> {
            boolean lanes = name.startsWith(LANES + " lanes");
            row(name, own, name.equals(named("below its minScore")) ? scored : empty, 0.5, asked(name, lanes));
        });
        turns(places.get(fair));
    }

    private static double asked(String name, boolean lanes) {
        // What fairness asks is told in turns.
        if (name.equals(EMPTY) || name.equals(SCORED) || name.startsWith("one fairBy")) {
            return 0;
        }
        return lanes ? 3 : 1.5;
    }

    private static String named(String which) {
        return Figures.whole(FRONT) + " in front " + which;
    }

    private String front(String swarm, JsonObject claim, JsonObject task, Map<String, Place> places, String which) {
        places.put(named(which), place(swarm, claim, task, null));
        return swarm;
    }

    private void limit(Session session) {
        Fabric.expect(
                Ground.await(fabric.put(
                        "/budget/accounts/session:" + session.id(), new JsonObject().put("dailyLimit", 100))),
                200);
    }

    /** Has somebody else hold the one task with the key that may be held. */
    private void fill(String swarm) {
        Session other = enrol(swarm, swarm + "-other");
        submit(swarm, new JsonObject().put("concurrency", new JsonArray().add(FULL)));
        Fabric.expect(
                Ground.await(fabric.post(
                        Fabric.claims(other), other.token(), new JsonObject().put("leaseSeconds", LONG_LEASE))),
                201);
    }

    /** How many claims it takes until the single task of the small source is granted. */
    private void turns(Place place) {
        int most = 0;
        for (int i = 0; i < 20; i++) {
            int claims = 0;
            String key = "";
            while (!key.equals(SMALL)) {
                Answer claimed = claim(place, claimOf(place)).answer();
                key = claimed.body().getJsonObject("task").getString("fairBy", "");
                again(place, claimed);
                claims++;
            }
            most = Math.max(most, claims);
        }
        rows.add(List.of(
                "the same: claims until the single one is granted", "", "", "", most + "", "at most 2", holds(most <= 2)));
    }

    private void snapshot(Vertx vertx, Pool database, String more, String price) {
        String swarm = price == null ? "flow" : "paid";
        JsonObject task = new JsonObject();
        if (price != null) {
            task.put("estimatedCost", Double.parseDouble(price));
        }
        workOff(vertx, Math.min(2_000, Sizes.BENCH_FLOW.get()), swarm, task);
        Place inFlow = place(swarm, new JsonObject(), task, null);
        Place elsewhere = place(swarm + "-elsewhere", new JsonObject(), new JsonObject(), null);
        prepare(inFlow);
        prepare(elsewhere);
        Map<String, Place> both = new LinkedHashMap<>();
        String name = "in a flow of " + Figures.whole(Sizes.BENCH_FLOW.get()) + " beside an old snapshot" + more;
        String control = "the same in another swarm" + more;
        both.put(name, inFlow);
        both.put(control, elsewhere);
        SqlConnection old = Ground.await(database.getConnection());
        Ground.await(old.query("BEGIN ISOLATION LEVEL REPEATABLE READ").execute());
        Ground.await(old.query("SELECT count(*) FROM coordinator_swarm").execute());
        Map<String, Figures> start = measure(both);
        for (int left = Sizes.BENCH_FLOW.get(); left > 0; left -= MOST_TOGETHER) {
            workOff(vertx, Math.min(left, MOST_TOGETHER), swarm, task);
        }
        Map<String, Figures> end = measure(both);
        Ground.await(old.query("ROLLBACK").execute());
        Ground.await(old.close());
        row(name, end.get(name), start.get(name), 0.5, 1.3);
        row(control, end.get(control), start.get(control), 0.5, 0);
    }

    /** Claims while a task ends for which many wait; again and again, until there are enough claims for a p99. */
    private void besideMany(String what, BiFunction<Session, Answer, Future<Answer>> end) {
        Place place = place(what, new JsonObject(), new JsonObject(), null);
        Session other = enrol(what, what + "-other");
        prepare(place);
        String name = "while " + Figures.whole(DEPENDANTS) + " dependants are " + what;
        Figures before = null;
        List<Long> during = new ArrayList<>();
        double seconds = 0;
        int rounds = 0;
        while (during.size() < Sizes.BENCH_PICKUPS.get() && rounds < MOST_ROUNDS) {
            Answer root = root(what, other, rounds);
            renew();
            if (before == null) {
                before = measure(Map.of(name, place)).get(name);
            }
            long start = System.nanoTime();
            Future<Answer> ended = end.apply(other, root);
            while (!ended.isComplete() || load.waits(what)) {
                for (int i = 0; i < 10; i++) {
                    during.add(once(place));
                }
            }
            seconds += (System.nanoTime() - start) / 1e9;
            Fabric.expect(Ground.await(ended), 200);
            rounds++;
        }
        row(name + " (p99)", Figures.ofNanos(during), before, 0.99, during.size() < FEWEST ? 0 : 2);
        Report.say("All " + Figures.whole(DEPENDANTS) + " dependants were " + what + " after "
                + Figures.text(seconds / rounds) + " s; in " + rounds + " rounds the other session claimed "
                + during.size() + " times.");
    }

    /** A task that is held, and that many others wait for. */
    private Answer root(String swarm, Session holder, int round) {
        String id = swarm + "-root-" + round;
        submit(swarm, new JsonObject().put("id", id).put("assignee", holder.id()));
        JsonObject wish = new JsonObject().put("taskId", id).put("leaseSeconds", LONG_LEASE);
        Answer root = Fabric.expect(Ground.await(fabric.post(Fabric.claims(holder), holder.token(), wish)), 201);
        load.dependants(swarm, id, DEPENDANTS, 3);
        load.analyze();
        return root;
    }

    /** Tasks through submit, claim and complete, 64 calls in flight. */
    private void workOff(Vertx vertx, int count, String swarm, JsonObject task) {
        long now = System.nanoTime();
        List<Session> sessions = enrol(
                swarm,
                IntStream.range(0, Lanes.IN_FLIGHT).mapToObj(i -> swarm + "-" + now + "-" + i).toList());
        JsonObject submit = task.copy().put("swarm", swarm).put("title", "bench");
        Lanes.run(vertx, count, lane -> fabric.operate(Fabric.TASKS, submit)
                .map(answer -> Fabric.expect(answer, 201))
                .compose(submitted -> fabric.claim(sessions.get(lane), 10))
                .compose(claimed -> fabric.complete(sessions.get(lane), claimed)));
        renew();
    }

    /** The server hangs up on a client that has been quiet while others were at work. */
    private void renew() {
        hangUp();
        client = new PlainHttp(fabric.process().url());
    }

    private void hangUp() {
        if (client != null) {
            client.close();
        }
    }

    private Session enrol(String swarm, String id) {
        return enrol(swarm, List.of(id)).getFirst();
    }

    private List<Session> enrol(String swarm, List<String> ids) {
        JsonArray wishes = new JsonArray();
        ids.forEach(id -> wishes.add(new JsonObject()
                .put("id", id)
                .put("swarm", swarm)
                .put("domains", new JsonArray().add(KNOWN))));
        JsonObject body = new JsonObject().put("sessions", wishes).put("tokens", true);
        JsonObject tokens = Fabric.expect(Ground.await(fabric.operate("/coordinator/sessions/batch", body)), 201)
                .body()
                .getJsonObject("tokens");
        return ids.stream()
                .map(id -> new Session(id, tokens.getJsonObject(id).getString("token")))
                .toList();
    }

    private Place place(String swarm, JsonObject claim, JsonObject task, String again) {
        return new Place(swarm, enrol(swarm, swarm + "-x"), claim, task, again);
    }

    private void submit(String swarm, JsonObject task) {
        JsonObject body = new JsonObject().put("priority", "P1").mergeIn(task).put("swarm", swarm).put("title", "bench");
        Raw answer = client.call(client.post(Fabric.TASKS, fabric.operator(), body));
        Fabric.expect(answer.answer(), 201);
    }

    /** Submits its one task, and claims a few times without measuring. */
    private void prepare(Place place) {
        if (!"domains".equals(place.again())) {
            submit(place.swarm(), place.task());
        }
        for (int i = 0; i < Sizes.BENCH_WARM_UP.get() / 10; i++) {
            once(place);
        }
    }

    private Map<String, Figures> measure(Map<String, Place> places) {
        Map<String, List<Long>> nanos = new LinkedHashMap<>();
        for (int i = 0; i < Sizes.BENCH_PICKUPS.get(); i++) {
            places.forEach((name, place) ->
                    nanos.computeIfAbsent(name, none -> new ArrayList<>()).add(once(place)));
        }
        Map<String, Figures> figures = new LinkedHashMap<>();
        nanos.forEach((name, all) -> figures.put(name, Figures.ofNanos(all)));
        return figures;
    }

    /** The nanoseconds of one claim; afterwards all is as before. */
    private long once(Place place) {
        byte[] claim = claimOf(place);
        long start = System.nanoTime();
        Raw claimed = claim(place, claim);
        long nanos = claimed.at() - start;
        again(place, claimed.answer());
        return nanos;
    }

    private byte[] claimOf(Place place) {
        return client.post(Fabric.claims(place.session()), place.session().token(), place.claim());
    }

    private Raw claim(Place place, byte[] claim) {
        Raw claimed = client.call(claim);
        assertThat(claimed.status()).as("what " + place.session().id() + " got: " + claimed.body()).isEqualTo(201);
        return claimed;
    }

    private void again(Place place, Answer claimed) {
        Session session = place.session();
        Fabric.expect(
                client.call(client.post(Fabric.completion(claimed), session.token(), Fabric.epochOf(claimed)))
                        .answer(),
                200);
        JsonObject task = place.task().copy();
        if (place.again() != null) {
            JsonObject had = claimed.body().getJsonObject("task");
            task.put("priority", had.getString("priority")).put(place.again(), had.getValue(place.again()));
        }
        submit(place.swarm(), task);
    }

    private void row(String name, Figures own, Figures baseline, double at, double asked) {
        double ratio = own.at(at) / baseline.at(at);
        rows.add(List.of(
                name,
                Figures.text(own.median()),
                Figures.text(own.at(0.99)),
                Figures.text(baseline.median()) + ", " + Figures.text(baseline.at(0.99)),
                Figures.times(ratio),
                asked == 0 ? "" : "at most " + asked + " x",
                asked == 0 ? "" : holds(ratio <= asked)));
    }

    private static String holds(boolean does) {
        return does ? "holds" : "does not";
    }

    private void report() {
        Report.section("queue");
        Report.say("Claims of one session over HTTP, one at a time, " + Sizes.BENCH_PICKUPS.get() + " of each kind in turn; the"
                + " task is completed and submitted again after each. What is in front, and the dependants, were written"
                + " into the database by one INSERT for each kind, with one ANALYZE after, since submitting them would take"
                + " minutes. The ratio is that of p50, or of p99 where the row says so.");
        Report.table(rows);
        assertThat(rows).hasSizeGreaterThan(1);
    }
}
