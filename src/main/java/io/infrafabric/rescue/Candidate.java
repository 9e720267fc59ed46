package io.infrafabric.rescue;

import io.infrafabric.coordinator.session.Match.Outcomes;
import io.infrafabric.coordinator.session.Session;
import java.util.Comparator;
import java.util.Map;

/**
 * A session of the swarm that might help.
 *
 * @param outcomes the outcomes of its work and its help, by domain
 * @param load tasks that it holds, and blockers that it helps with or was asked to help with
 * @param blocked whether it waits for help itself
 * @param stopped whether its breaker, or one above it, is open
 */
public record Candidate(Session session, Map<String, Outcomes> outcomes, int load, boolean blocked, boolean stopped) {

    /**
     * The order among sessions that fit equally well: the one with less to do first, then the cheaper one, then by id.
     */
    static final Comparator<Candidate> TIES = Comparator.comparingInt(Candidate::load)
            .thenComparing(it -> it.session().hourlyCost(), Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(Candidate::id);

    /** The session's id. */
    public String id() {
        return session.id();
    }

    /** How many more blockers it can be asked about. */
    public int free() {
        return Math.max(0, session.maxConcurrentTasks() - load);
    }

    /** The same with another load. */
    Candidate with(int itsLoad) {
        return new Candidate(session, outcomes, itsLoad, blocked, stopped);
    }
}
