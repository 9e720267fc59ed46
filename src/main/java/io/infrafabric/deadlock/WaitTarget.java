package io.infrafabric.deadlock;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What can be waited for, as everybody names it: {@code kind:id}.
 *
 * @param id as the kind has it; an account's has a colon of its own ({@code account:swarm:red})
 */
record WaitTarget(Kind kind, String id) {

    /** Of what kind it is, and so how the wait ends. */
    enum Kind {
        /** Until that session is lost or leaves, or the waiting one says so. */
        SESSION,
        /** Until the task is over. */
        TASK,
        /** Until the blocker is resolved or withdrawn. */
        BLOCKER,
        /** Until the decision is closed, which its closing time sees to. */
        DECISION,
        /** Until the account's breaker closes, which the next day sees to. */
        ACCOUNT,
        /** Until a human has decided the case of this id, or nobody has to any more. */
        HUMAN;

        String prefix() {
            return name().toLowerCase(Locale.ROOT) + ":";
        }
    }

    /** Reads a name; one without a kind is a session. Nothing if the kind is not known. */
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

    /** The same in words: {@code kind:id}. */
    String name() {
        return kind.prefix() + id;
    }
}
