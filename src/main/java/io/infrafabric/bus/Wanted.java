package io.infrafabric.bus;

import io.infrafabric.event.Catalogue;
import java.util.List;
import java.util.Set;

/**
 * Which events a follower of the log wants. What comes due is never among them: it is how the bus calls a function. Nor is what
 * is {@linkplain io.infrafabric.event.Confidential confidential}: a vote that somebody sends to consensus, because only consensus
 * knows whether its decision is sealed.
 *
 * @param swarm only this swarm's; {@code null} for all, those without a swarm too
 * @param types names on the wire, or beginnings of them that end in {@code *}; empty for all
 */
public record Wanted(String swarm, Set<String> types) {
    private static final String REST = "*";
    private static final String CAME_DUE = ".came-due.v1";

    public Wanted {
        types = Set.copyOf(types);
    }

    /** Whether this event is among them. */
    public boolean wants(Logged event) {
        return (swarm == null || swarm.equals(event.swarm())) && wants(event.type());
    }

    /** Whether events of this type may be among them. */
    public boolean wants(String type) {
        return !type.endsWith(CAME_DUE)
                && !Catalogue.isConfidential(type)
                && (types.isEmpty() || types.contains(type) || types.stream().anyMatch(name -> begins(type, name)));
    }

    private static boolean begins(String type, String name) {
        return name.endsWith(REST) && type.startsWith(name.substring(0, name.length() - 1));
    }

    /** The same for SQL: one of these patterns of {@code LIKE} fits. No name on the wire has a {@code _} or {@code %}. */
    String[] patterns() {
        List<String> patterns = types.stream()
                .map(name -> name.endsWith(REST) ? name.substring(0, name.length() - 1) + '%' : name)
                .toList();
        return patterns.isEmpty() ? new String[] {"%"} : patterns.toArray(String[]::new);
    }
}
