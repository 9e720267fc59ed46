package io.infrafabric.bulkhead.slot;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The calls that wait for a slot of one provider in one process. Sessions are served in turn; within a session, the
 * call that came first. Not thread-safe.
 *
 * @param <C> the calls
 */
final class WaitingCalls<C> {
    /** In the order of their turns. None is empty. */
    private final Map<String, ArrayDeque<C>> sessions = new LinkedHashMap<>();

    private int size;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(String session, C call) {
        sessions.computeIfAbsent(session, _ -> new ArrayDeque<>()).add(call);
        size++;
    }

    /** Whether it was there. */
    boolean remove(String session, C call) {
        ArrayDeque<C> own = sessions.get(session);
        if (own == null || !own.remove(call)) {
            return false;
        }
        removed(session, own);
        return true;
    }

    private void removed(String session, ArrayDeque<C> own) {
        size--;
        if (own.isEmpty()) {
            sessions.remove(session);
        }
    }

    /**
     * Takes the call whose turn it is: the first of the session that was served longest ago, and may have one more. If
     * none may, the slot stays in use nevertheless, and the session whose turn it is gets it.
     */
    Optional<C> next(Predicate<String> mayHaveMore) {
        return sessions.keySet().stream()
                .filter(mayHaveMore)
                .findFirst()
                .or(() -> sessions.keySet().stream().findFirst())
                .map(session -> {
                    ArrayDeque<C> own = sessions.remove(session);
                    C call = own.remove();
                    size--;
                    if (!own.isEmpty()) {
                        sessions.put(session, own);
                    }
                    return call;
                });
    }

    /**
     * Makes room in a full queue for a session that has fewer calls in it than another: takes the last call of the
     * session with the most, if that has at least two more than this one.
     */
    Optional<C> yieldTo(String session) {
        int own = sessions.getOrDefault(session, new ArrayDeque<>()).size();
        return sessions.entrySet().stream()
                .max(Comparator.comparingInt(other -> other.getValue().size()))
                .filter(most -> most.getValue().size() >= own + 2)
                .map(most -> {
                    C last = most.getValue().removeLast();
                    removed(most.getKey(), most.getValue());
                    return last;
                });
    }

    /** Takes out all of these. */
    List<C> take(Predicate<C> which) {
        List<C> taken = new ArrayList<>();
        for (Map.Entry<String, ArrayDeque<C>> session : List.copyOf(sessions.entrySet())) {
            for (C call : List.copyOf(session.getValue())) {
                if (which.test(call) && remove(session.getKey(), call)) {
                    taken.add(call);
                }
            }
        }
        return taken;
    }
}
