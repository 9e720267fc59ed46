package io.infrafabric.command;

import io.infrafabric.input.PlainPath;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What a scoped credential lets its bearer call: {@code POST /coordinator/tasks/build/complete}, or, with {@code *} at the
 * end, every path that begins so.
 *
 * @param path decoded, without the {@code *}
 * @param open whether more may follow the path
 */
public record Endpoint(String method, String path, boolean open) {
    /** The form of an endpoint, in words. */
    public static final String EXPECTED =
            "METHOD /path, such as POST /coordinator/tasks/build/complete: one space, the path"
                    + " decoded and in visible ASCII characters, without '..', '//' and '\\', with '*' only at its end";

    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    /** Reads an endpoint, the method in any case; empty if it has not the {@linkplain #EXPECTED form}. */
    public static Optional<Endpoint> read(String text) {
        int space = text.indexOf(' ');
        if (space < 0) {
            return Optional.empty();
        }
        String method = text.substring(0, space).toUpperCase(Locale.ROOT);
        String path = text.substring(space + 1);
        boolean open = path.endsWith("*");
        String named = open ? path.substring(0, path.length() - 1) : path;
        // Whatever follows an open path is looked at when it is called.
        boolean plain = !PlainPath.spellings(open ? named + "x" : named).isEmpty();
        return METHODS.contains(method) && plain && named.indexOf('*') < 0 && named.indexOf('%') < 0
                ? Optional.of(new Endpoint(method, named, open))
                : Optional.empty();
    }

    /** Whether this is the endpoint of a call, in every spelling of its path ({@link PlainPath}). */
    public boolean matches(String calledMethod, List<String> spellings) {
        return !spellings.isEmpty()
                && method.equals(calledMethod)
                && spellings.stream().allMatch(this::matches);
    }

    private boolean matches(String called) {
        return open ? called.startsWith(path) : called.equals(path);
    }

    /** Whether every call that the other endpoint matches is one that this endpoint matches, too. */
    public boolean covers(Endpoint other) {
        return method.equals(other.method) && (open || !other.open) && matches(other.path);
    }

    /** As it is written. */
    @Override
    public String toString() {
        return method + " " + path + (open ? "*" : "");
    }
}
