package io.infrafabric.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.coordinator.session.Match.Need;
import io.infrafabric.coordinator.task.Priority;
import io.infrafabric.coordinator.session.Session;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The swarm of 2025-11-12 as its public documents tell (the fixture of the sample).
 *
 * @param domains all that are known, in order
 * @param tools all that are known, in order
 */
record Documented(List<Session> sessions, List<Item> board, List<String> domains, List<String> tools) {
    /** When everything begins. */
    static final Instant START = Instant.parse("2026-01-05T00:00:00Z");

    /** The blocker of the seed's example (session 4 was stuck, and everybody idle was sent to help). */
    static final String STUCK = "session-4-sip";

    /** What it needed. */
    static final Need STUCK_ON = Need.of(List.of("sip", "h323", "webrtc", "ndi"), List.of());

    /** 4 of the 7 dollars that help cost were of no use: the 57 %. */
    static final double WASTE = 4.0 / 7;

    /** A task of the board. */
    record Item(
            String id, Need need, Priority priority, double hours, List<String> dependsOn, String assignee, boolean filler) {}

    static Documented load() {
        try (InputStream fixture = Documented.class.getResourceAsStream("/sample/phase0.json")) {
            JsonNode root = new ObjectMapper().readTree(fixture);
            List<Session> sessions = new ArrayList<>();
            TreeSet<String> domains = new TreeSet<>();
            TreeSet<String> tools = new TreeSet<>();
            for (JsonNode s : root.required("sessions")) {
                Session session = session(
                        s.required("id").asText(),
                        texts(s.required("domains")),
                        texts(s.required("tools")),
                        s.required("hourlyCost").asDouble(),
                        s.required("maxConcurrentTasks").asInt());
                sessions.add(session);
                domains.addAll(session.domains());
                tools.addAll(session.tools());
            }
            List<Item> board = new ArrayList<>();
            for (JsonNode t : root.required("tasks")) {
                Item item = new Item(
                        t.required("id").asText(),
                        Need.of(texts(t.required("domains")), texts(t.required("tools"))),
                        Priority.valueOf(t.required("priority").asText()),
                        t.required("estimatedHours").asDouble(),
                        texts(t.required("dependsOn")),
                        t.required("plannedAssignee").asText(),
                        t.required("filler").asBoolean());
                board.add(item);
                domains.addAll(item.need().domains());
                tools.addAll(item.need().tools());
            }
            return new Documented(sessions, board, List.copyOf(domains), List.copyOf(tools));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Session session(String id, List<String> domains, List<String> tools, double hourlyCost, int most) {
        return new Session(
                id,
                "simulated",
                domains,
                tools,
                null,
                null,
                java.math.BigDecimal.valueOf(hourlyCost),
                most,
                90,
                Session.State.LIVE,
                START,
                1,
                START,
                1);
    }

    private static List<String> texts(JsonNode array) {
        List<String> all = new ArrayList<>();
        array.forEach(element -> all.add(element.asText()));
        return List.copyOf(all);
    }
}
