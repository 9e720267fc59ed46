package io.infrafabric.deadlock;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Strongly connected components (Tarjan 1972), with a stack of its own, because chains of waits may be longer than the
 * thread's stack is deep.
 */
final class Components {
    private final Collection<String> names;
    private final Function<String, ? extends Collection<String>> next;
    private final Map<String, Integer> index = new HashMap<>();
    private final Map<String, Integer> low = new HashMap<>();
    private final ArrayDeque<String> open = new ArrayDeque<>();
    private final ArrayDeque<Visit> visits = new ArrayDeque<>();
    private final List<Set<String>> components = new ArrayList<>();

    private record Visit(String name, Iterator<String> left) {}

    private Components(Collection<String> names, Function<String, ? extends Collection<String>> next) {
        this.names = names;
        this.next = next;
    }

    /** The components of these names; other names from {@code next} are ignored. */
    static List<Set<String>> of(Set<String> names, Function<String, ? extends Collection<String>> next) {
        Components search = new Components(names, next);
        for (String name : names) {
            if (!search.index.containsKey(name)) {
                search.from(name);
            }
        }
        return search.components;
    }

    private void from(String root) {
        enter(root);
        while (!visits.isEmpty()) {
            Visit visit = visits.peek();
            if (!visit.left().hasNext()) {
                visits.pop();
                leave(visit.name());
                continue;
            }
            String to = visit.left().next();
            if (!names.contains(to)) {
                continue;
            }
            Integer seen = index.get(to);
            if (seen == null) {
                enter(to);
            } else if (low.containsKey(to)) {
                low.merge(visit.name(), seen, Math::min);
            }
        }
    }

    private void enter(String name) {
        low.put(name, index.size());
        index.put(name, index.size());
        open.push(name);
        visits.push(new Visit(name, next.apply(name).iterator()));
    }

    private void leave(String name) {
        int lowest = low.get(name);
        if (lowest == index.get(name)) {
            Set<String> component = new TreeSet<>();
            String member;
            do {
                member = open.pop();
                low.remove(member);
                component.add(member);
            } while (!member.equals(name));
            components.add(component);
        }
        if (!visits.isEmpty()) {
            low.merge(visits.peek().name(), lowest, Math::min);
        }
    }
}
