package io.infrafabric.sample;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The blockers of the original run, the fixture {@code sample/blockers.json}: raised before the tasks come, while
 * everybody is free. Sessions that are asked accept, and the blocked session says that they helped. If nobody can be
 * asked, it goes on alone.
 *
 * @param helpersSent how many helpers session 4 got in the original run
 * @param helpersOfNoUse how many of them were of no use
 */
record Blockers(List<JsonNode> all, int helpersSent, int helpersOfNoUse) {
    private static final String FIXTURE = "/sample/blockers.json";

    /** What became of the blockers. {@code helpers} counts a session once for each blocker that it helped with. */
    record Played(int raised, int helped, int helpers, int nobody) {
        static final Played NONE = new Played(0, 0, 0, 0);
    }

    /** Reads the fixture; a broken one is a bug and throws. */
    static Blockers load() {
        try (InputStream fixture = Blockers.class.getResourceAsStream(FIXTURE)) {
            if (fixture == null) {
                throw new IllegalStateException(FIXTURE + " is missing from the application");
            }
            JsonNode read = new ObjectMapper().readTree(fixture);
            List<JsonNode> all = new ArrayList<>();
            read.required("blockers").forEach(all::add);
            return new Blockers(
                    List.copyOf(all),
                    read.required("helpersSent").asInt(),
                    read.required("helpersOfNoUse").asInt());
        } catch (IOException e) {
            throw new UncheckedIOException(FIXTURE + " cannot be read", e);
        }
    }

    /** Raises each in turn and plays its answers; {@code here} gives a session of the fixture its id in this play. */
    Played play(Map<String, Api> sessions, UnaryOperator<String> here) throws InterruptedException {
        int helped = 0;
        int helpers = 0;
        for (JsonNode blocker : all) {
            Api blocked = sessions.get(here.apply(blocker.required("session").asText()));
            ObjectNode wish = blocker.deepCopy();
            wish.remove("session");
            JsonNode raised =
                    blocked.post("/rescue/blockers", wish).expect(200, 201).body();
            String path = "/rescue/blockers/" + raised.required("id").asText();
            ObjectNode outcomes = Api.JSON.createObjectNode();
            outcomes.putArray("outcomes");
            for (JsonNode rescuer : raised.required("rescuers")) {
                String name = rescuer.required("session").asText();
                sessions.get(name)
                        .post(path + "/accept", Api.JSON.createObjectNode())
                        .expect(200);
                outcomes.withArray("outcomes").addObject().put("session", name).put("helped", true);
                helpers++;
            }
            if (raised.required("rescuers").isEmpty()) {
                blocked.post(path + "/withdraw", Api.JSON.createObjectNode()).expect(200);
            } else {
                blocked.post(path + "/resolve", outcomes).expect(200);
                helped++;
            }
        }
        return new Played(all.size(), helped, helpers, all.size() - helped);
    }

    /** The same as lines of plain text. */
    List<String> lines(Played played) {
        return List.of(
                ("  Its documented blockers: %d raised, %d helped by %d who fit (score 0.70 or more), %d with nobody "
                                + "who fits.")
                        .formatted(played.raised(), played.helped(), played.helpers(), played.nobody()),
                "  The original run sent %d to help session 4, and %d of them were of no use."
                        .formatted(helpersSent, helpersOfNoUse));
    }
}
