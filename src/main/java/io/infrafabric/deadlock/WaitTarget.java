package io.infrafabric.deadlock;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The name of a thing to wait for: {@code kind:id}.
 *
 * @param id the id within the kind; an account's contains a colon itself ({@code account:swarm:red})
 */
record WaitTarget(Kind kind, String id) {

    /** The kind, which determines how the wait ends. */
    enum Kind {
        /** Until that session is lost or leaves, or the waiting one ends the wait. */
        SESSION,
        /** Until the task is over. */
        TASK,
        /** Until the blocker is resolved or withdrawn. */
        BLOCKER,
        /** Until the decision is closed, at its closing time at the latest. */
        DECISION,
        /** Until the account's breaker closes, the next day at the latest. */
        ACCOUNT,
        /** Until a human has decided the case with this id, or it needs no decision any more. */
        HUMAN;

        String prefix() {
            return name().toLowerCase(Locale.ROOT) + ":";
        }
    }

    /** Reads a name; a name without a kind is a session. Empty if the kind is unknown. */
    static Optional<WaitTarget> of(String name) {
        int colon = name.indexOf(':');
        if (colon < 0) {
            return Optional.of(new WaitTarget(Kind.SESSION, name));
        }
        return Arrays.stream(Kind.values())
                .filter(kind -> kind.prefix().length() == colon + 1 && name.startsWith(kind.prefix()))
                .findFirst()
                .map(kind -> new WaitTarget(kind, name.substring(colon + 1)));
    }

    /** The name of a session in the graph. */
    static String session(String id) {
        return new WaitTarget(Kind.SESSION, id).name();
    }

    /** The name of a task in the graph. */
    static String task(String id) {
        return new WaitTarget(Kind.TASK, id).name();
    }

    static String kinds() {
        return Arrays.stream(Kind.values()).map(Kind::prefix).collect(Collectors.joining(", "));
    }

    /** Its text: {@code kind:id}. */
    String name() {
        return kind.prefix() + id;
    }
}
