package io.infrafabric.escalation;

import io.infrafabric.bus.Wanted;
import io.infrafabric.event.Catalogue;
import io.infrafabric.problem.Problem;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** The types of events that a webhook may ask for. */
final class EventTypes {
    private static final int MOST = 100;

    private EventTypes() {}

    /** Gives usable types back, {@code null} for {@code null}; each is a name on the wire, or a beginning that ends in a star. */
    static List<String> check(List<String> types) {
        if (types == null) {
            return null;
        }
        if (types.size() > MOST) {
            throw Problem.badInput("types", "at most " + MOST + " types");
        }
        for (int i = 0; i < types.size(); i++) {
            String type = types.get(i);
            if (type == null || named(List.of(type)).isEmpty()) {
                throw Problem.badInput("types[" + i + "]", "a type of docs/events.md, or a beginning of some and a *");
            }
        }
        return List.copyOf(types);
    }

    /** The types of this release that these name. */
    static List<String> named(Collection<String> types) {
        Wanted wanted = new Wanted(null, Set.copyOf(types));
        return types.isEmpty()
                ? List.of()
                : Catalogue.types().stream()
                        .map(Catalogue.Type::name)
                        .filter(wanted::wants)
                        .toList();
    }
}
