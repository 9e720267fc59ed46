package io.infrafabric.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One call of an operator that may change something, on its way into the audit log ({@link AuditTrail}).
 * {@code Identity} makes it; it is written with its effect, or not at all if it has none.
 */
public final class Deed {
    /** Kinds whose name is not that of their list. */
    private static final Map<String, String> KINDS = Map.of("waits", "session");

    /** Stands where an id does, but is none. */
    private static final String BATCH = "batch";

    /** Below the list of tasks: a list of its own. */
    private static final String BULK = "bulk";

    private static final String TASKS = "tasks";

    /** Lists below a swarm, whose things have names of their own. */
    private static final Set<String> OF_SWARMS = Set.of("concurrency", "fairness");

    /** A list whose things have names of two parts, the second of which may have slashes. */
    private static final String PRICES = "prices";

    private static final List<String> REASONS = List.of("reason", "note", "rationale");

    private final Caller by;
    private final String method;
    private final List<String> path;
    private final Object request;
    private volatile boolean written;

    /**
     * A call.
     *
     * @param path as it was sent
     * @param request the body as it was read, {@code null} for none
     */
    public Deed(Caller by, String method, String path, Object request) {
        this.by = by;
        this.method = method;
        this.path = Stream.of(path.split("/"))
                .filter(part -> !part.isEmpty())
                .map(Deed::decoded)
                .toList();
        this.request = request;
    }

    public Caller by() {
        return by;
    }

    Object request() {
        return request;
    }

    /** Method and path. */
    String call() {
        return method + " /" + String.join("/", path);
    }

    /** Function and list that the call is about, for example {@code coordinator/tasks}. */
    String list() {
        return part(0) + "/" + part(at());
    }

    /** Where in the path the list is named. */
    private int at() {
        return part(1).equals(TASKS) && part(2).equals(BULK) ? 2 : 1;
    }

    /** The id in the path, {@code null} if it names none. */
    String id() {
        String id = part(1).equals(PRICES) && path.size() > 2
                ? String.join("/", path.subList(2, path.size()))
                : part(at() + 1);
        return id.isEmpty() || id.equals(BATCH) ? null : id;
    }

    /** Function and list of the thing whose state the log shows: {@link #list}, or a list below a swarm. */
    String shownIn() {
        return isOfSwarm() ? part(0) + "/" + part(3) : list();
    }

    /** Its id there, {@code null} if there is none; below a swarm, the swarm's and its own with a slash between. */
    String shownAs() {
        return isOfSwarm() ? part(2) + "/" + part(4) : id();
    }

    private boolean isOfSwarm() {
        return part(1).equals("swarms") && OF_SWARMS.contains(part(3)) && !part(4).isEmpty();
    }

    /**
     * What the call is about, for example {@code task:build}; the list if neither the path nor the answer names one
     * thing.
     */
    String entity(JsonNode answered) {
        String id = id() == null ? text(answered, "id") : id();
        String list = part(at());
        if (id == null) {
            return list;
        }
        String kind = list.endsWith("s") ? list.substring(0, list.length() - 1) : list;
        return KINDS.getOrDefault(list, kind) + ":" + id;
    }

    /** The swarm that the call is about, if the call tells; otherwise the one that the caller is limited to. */
    String swarm(JsonNode asked, JsonNode answered) {
        if (list().equals("coordinator/swarms") && id() != null) {
            return id();
        }
        return Stream.of(text(answered, "swarm"), text(asked, "swarm"), filtered(answered), filtered(asked), by.swarm())
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private static String filtered(JsonNode object) {
        return object == null ? null : text(object.get("filter"), "swarm");
    }

    /** The reason, if the call gives one. */
    static String reason(JsonNode asked) {
        return REASONS.stream()
                .map(field -> text(asked, field))
                .filter(said -> said != null)
                .findFirst()
                .orElse(null);
    }

    /** Whether it was written in the transaction of the effect. */
    public boolean isWritten() {
        return written;
    }

    void isWrittenNow() {
        written = true;
    }

    private String part(int index) {
        return path.size() > index ? path.get(index) : "";
    }

    private static String text(JsonNode object, String field) {
        JsonNode value = object == null ? null : object.get(field);
        return value == null || !value.isTextual() ? null : value.textValue();
    }

    private static String decoded(String part) {
        try {
            return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return part;
        }
    }
}
