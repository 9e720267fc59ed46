package io.infrafabric.gateway.hooks;

import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The agent clients that have hooks: what they call things, and what they read. */
@SuppressWarnings("ImmutableEnumChecker") // its maps and sets are made by Map.of and Set.of
enum AgentKind {
    /** Claude Code. */
    CLAUDE(
            Map.ofEntries(
                    Map.entry("SessionStart", Point.SESSION_STARTS),
                    Map.entry("UserPromptSubmit", Point.TURN_BEGINS),
                    Map.entry("PreToolUse", Point.TOOL_STARTS),
                    Map.entry("PostToolUse", Point.TOOL_ENDS),
                    Map.entry("PostToolUseFailure", Point.TOOL_ENDS),
                    Map.entry("Stop", Point.TURN_ENDS),
                    Map.entry("SessionEnd", Point.SESSION_ENDS)),
            Set.of("Edit", "MultiEdit", "NotebookEdit", "Write", "Bash")),
    /** Codex has the points of Claude Code under the same names. */
    CODEX(CLAUDE.points, Set.of("Bash", "shell", "apply_patch", "Edit", "Write")),
    /** Gemini CLI. */
    GEMINI(
            Map.of(
                    "SessionStart", Point.SESSION_STARTS,
                    "BeforeAgent", Point.TURN_BEGINS,
                    "BeforeTool", Point.TOOL_STARTS,
                    "AfterTool", Point.TOOL_ENDS,
                    "AfterAgent", Point.TURN_ENDS,
                    "SessionEnd", Point.SESSION_ENDS),
            Set.of("replace", "write_file", "run_shell_command"));

    /** The points of an agent's work at which a client calls. */
    enum Point {
        SESSION_STARTS,
        TURN_BEGINS,
        TOOL_STARTS,
        TOOL_ENDS,
        TURN_ENDS,
        SESSION_ENDS,
        /** Anything else, which the fabric has nothing to say about. */
        OTHER
    }

    private final Map<String, Point> points;
    private final Set<String> changing;

    AgentKind(Map<String, Point> points, Set<String> changing) {
        this.points = points;
        this.changing = changing;
    }

    /** The client with this name in a path. */
    static Optional<AgentKind> named(String name) {
        return Arrays.stream(values()).filter(kind -> kind.path().equals(name)).findFirst();
    }

    static List<String> names() {
        return Arrays.stream(values()).map(AgentKind::path).toList();
    }

    private String path() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What the client means by this name of an event. */
    Point point(String event) {
        return event == null ? Point.OTHER : points.getOrDefault(event, Point.OTHER);
    }

    /** Whether a tool of the client changes files or runs commands. */
    boolean changes(String tool) {
        return tool != null && changing.contains(tool);
    }

    /** The answer as the client reads it. */
    String write(HookAnswer answer, String event) {
        return switch (answer) {
            case HookAnswer.Nothing _ -> "{}";
            case HookAnswer.Context(String text) ->
                specific(new JsonObject().put("hookEventName", event).put("additionalContext", text));
            case HookAnswer.Deny(String reason) ->
                this == GEMINI
                        ? decision("deny", reason)
                        : specific(new JsonObject()
                                .put("hookEventName", event)
                                .put("permissionDecision", "deny")
                                .put("permissionDecisionReason", reason));
            case HookAnswer.GoOn(String reason) -> decision(this == GEMINI ? "deny" : "block", reason);
        };
    }

    private static String specific(JsonObject output) {
        return new JsonObject().put("hookSpecificOutput", output).encode();
    }

    private static String decision(String decision, String reason) {
        return new JsonObject().put("decision", decision).put("reason", reason).encode();
    }
}
