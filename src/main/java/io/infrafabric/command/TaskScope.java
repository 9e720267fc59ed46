package io.infrafabric.command;

import io.infrafabric.input.PlainPath;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a caller with a scoped credential is held to: one claim of its session, and the endpoints that the credential names.
 * The door asks this of every call, by its method and its path. A way into a function that is no call of its own (a tool, a
 * forwarded call) asks it for the call that it stands for.
 *
 * @param credential the id of the credential
 * @param task the task that the session holds
 * @param epoch the epoch of that claim; the credential ends with it
 */
public record TaskScope(String credential, String task, long epoch, List<Endpoint> endpoints) {
    /** Why a call is not allowed: the {@code reason} of {@link Code#IF_ERR_ENDPOINT_NOT_ALLOWED}. */
    public enum Reason {
        /** The credential names no such endpoint, or the path can be read in more than one way. */
        NOT_NAMED("The credential does not name this endpoint."),
        /** No scoped credential ever allows this. */
        NEVER("No scoped credential allows this, whatever endpoints it names: only the session itself may."),
        /** It is about another task. */
        OTHER_TASK("The credential is for another task.");

        private final String detail;

        Reason(String detail) {
            this.detail = detail;
        }
    }

    private static final Set<String> READS = Set.of("GET", "HEAD", "OPTIONS");
    private static final String SESSIONS = "/coordinator/sessions";
    private static final String TASKS = "/coordinator/tasks";
    private static final String DECISIONS = "/consensus/decisions";
    private static final String CREDENTIALS = "/chassis/credentials";

    /** Stand where the id of a task does, but are none. */
    private static final Set<String> LISTS_OF_TASKS = Set.of("batch", "bulk");

    /**
     * Refuses a call that is not in this scope, with {@link Code#IF_ERR_ENDPOINT_NOT_ALLOWED}.
     *
     * @param path as it stands in the request line, without the query
     */
    public void mustAllow(String method, String path) {
        Reason reason = refusing(method, PlainPath.spellings(path));
        if (reason != null) {
            throw refused(reason);
        }
    }

    /** Refuses to give others more than this: another task, or endpoints beyond those that are named here. */
    public void mustCover(String otherTask, List<Endpoint> others) {
        if (!task.equals(otherTask)) {
            throw refused(Reason.OTHER_TASK);
        }
        others.stream()
                .filter(other -> endpoints.stream().noneMatch(endpoint -> endpoint.covers(other)))
                .findFirst()
                .ifPresent(beyond -> {
                    throw refused(Reason.NOT_NAMED).with("endpoint", beyond.toString());
                });
    }

    /** The refusal of a call for this reason. */
    public Problem refused(Reason reason) {
        return Problem.of(Code.IF_ERR_ENDPOINT_NOT_ALLOWED, reason.detail)
                .with("reason", reason.name())
                .with("credential", credential)
                .with("task", task);
    }

    /** Why a call is refused; {@code null} if it is not. */
    Reason refusing(String method, List<String> spellings) {
        if (endpoints.stream().noneMatch(endpoint -> endpoint.matches(method, spellings))) {
            return Reason.NOT_NAMED;
        }
        return spellings.stream()
                .flatMap(path -> Stream.ofNullable(beyondOneTask(method, path)))
                .findFirst()
                .orElse(null);
    }

    private Reason beyondOneTask(String method, String path) {
        boolean inbox = isAtOrBelow(path, SESSIONS) && path.contains("/inbox");
        if (inbox || (!READS.contains(method) && isNever(method, path))) {
            return Reason.NEVER;
        }
        String named = path.startsWith(TASKS + "/")
                ? path.substring(TASKS.length() + 1).split("/", 2)[0]
                : task;
        return named.equals(task) || LISTS_OF_TASKS.contains(named) ? null : Reason.OTHER_TASK;
    }

    /**
     * To enrol, leave, renew, claim, steal and vote is the session's own; so is what it is told, and what ends all of its
     * credentials.
     */
    private static boolean isNever(String method, String path) {
        return isAtOrBelow(path, SESSIONS)
                || isAtOrBelow(path, "/coordinator/joins")
                || isAtOrBelow(path, "/coordinator/tokens")
                || isAtOrBelow(path, "/stealing")
                || (path.startsWith(TASKS + "/") && path.endsWith("/renew"))
                || (path.startsWith(DECISIONS + "/") && path.endsWith("/votes"))
                || (method.equals("DELETE") && path.equals(CREDENTIALS));
    }

    private static boolean isAtOrBelow(String path, String above) {
        return path.equals(above) || path.startsWith(above + "/");
    }
}
