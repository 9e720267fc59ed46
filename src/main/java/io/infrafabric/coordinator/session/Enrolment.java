package io.infrafabric.coordinator.session;

import java.math.BigDecimal;
import java.util.List;

/**
 * The wanted enrolment of a session; {@code null} keeps the old value, or means the default.
 *
 * @param domains capabilities by field
 * @param tools capabilities by tool
 * @param hourlyCost US dollars an hour
 */
public record Enrolment(
        String id,
        String swarm,
        List<String> domains,
        List<String> tools,
        String provider,
        String model,
        BigDecimal hourlyCost,
        Integer maxConcurrentTasks,
        Integer heartbeatSeconds,
        Integer stallSeconds) {

    /** The defaults of an enrolment. */
    public record Defaults(int maxConcurrentTasks, int heartbeatSeconds, int stallSeconds) {}

    /** Whether the enrolment is allowed. */
    public sealed interface Decision {
        /** The session as it will be, except for its version and times. */
        record Enrol(Session session) implements Decision {}

        /** A session may not change this about itself. */
        record OperatorsOnly(String field) implements Decision {}

        /** It is live in another swarm, and must leave that one first. */
        record ElsewhereLive(String swarm) implements Decision {}

        /** A new session must say which swarm it is for. */
        record SwarmMissing() implements Decision {}
    }

    /** Decides on an enrolment; {@code known} is the present session, {@code null} if it is new. */
    public Decision decide(Session known, boolean byOperator, Defaults defaults) {
        if (!byOperator) {
            String field = operatorsOnly(known);
            if (field != null) {
                return new Decision.OperatorsOnly(field);
            }
        }
        if (known == null && swarm == null) {
            return new Decision.SwarmMissing();
        }
        if (known != null && swarm != null && !known.swarm().equals(swarm) && known.state() != Session.State.LEFT) {
            return new Decision.ElsewhereLive(known.swarm());
        }
        return new Decision.Enrol(known == null ? fresh(defaults) : merged(known));
    }

    /** The first changed field that only an operator may change; {@code null} if there is none. */
    private String operatorsOnly(Session known) {
        if (known == null || known.state() == Session.State.LEFT) {
            return "id";
        }
        if (swarm != null && !swarm.equals(known.swarm())) {
            return "swarm";
        }
        if (hourlyCost != null && (known.hourlyCost() == null || hourlyCost.compareTo(known.hourlyCost()) != 0)) {
            return "hourlyCost";
        }
        if (maxConcurrentTasks != null && maxConcurrentTasks != known.maxConcurrentTasks()) {
            return "maxConcurrentTasks";
        }
        if (heartbeatSeconds != null && heartbeatSeconds != known.heartbeatSeconds()) {
            return "heartbeatSeconds";
        }
        return stallSeconds != null && stallSeconds != known.stallSeconds() ? "stallSeconds" : null;
    }

    private Session fresh(Defaults defaults) {
        return new Session(
                id,
                swarm,
                or(domains, List.of()),
                or(tools, List.of()),
                provider,
                model,
                hourlyCost,
                or(maxConcurrentTasks, defaults.maxConcurrentTasks()),
                or(heartbeatSeconds, defaults.heartbeatSeconds()),
                Session.State.LIVE,
                null,
                1,
                null,
                1,
                or(stallSeconds, defaults.stallSeconds()),
                null);
    }

    private Session merged(Session known) {
        return new Session(
                id,
                or(swarm, known.swarm()),
                or(domains, known.domains()),
                or(tools, known.tools()),
                or(provider, known.provider()),
                or(model, known.model()),
                or(hourlyCost, known.hourlyCost()),
                or(maxConcurrentTasks, known.maxConcurrentTasks()),
                or(heartbeatSeconds, known.heartbeatSeconds()),
                Session.State.LIVE,
                known.lastSeen(),
                known.version() + 1,
                known.createdAt(),
                known.state() == Session.State.LEFT ? known.enrolment() + 1 : known.enrolment(),
                or(stallSeconds, known.stallSeconds()),
                known.stalledSince());
    }

    private static <T> T or(T wished, T otherwise) {
        return wished == null ? otherwise : wished;
    }
}
