package io.infrafabric.simulation;

import io.infrafabric.coordinator.session.Match.Need;
import io.infrafabric.coordinator.session.Session;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Sessions with what they say they can, and what they really can.
 *
 * @param busy tasks of its own that each session holds all the time
 */
record Swarm(List<Session> sessions, Map<String, Set<String>> real, Map<String, Integer> busy) {

    /**
     * The seven documented sessions, or many like them: each has most of what one of the seven declares, and two domains
     * besides.
     */
    static Swarm of(Documented documented, int size, Assumptions given, Random random) {
        List<Session> sessions = size == documented.sessions().size()
                ? documented.sessions()
                : many(documented, size, random);
        Map<String, Set<String>> real = new HashMap<>();
        Map<String, Integer> busy = new HashMap<>();
        for (Session session : sessions) {
            Set<String> skills = new HashSet<>();
            known(skills, "domain ", documented.domains(), session.domains(), given, random);
            known(skills, "tool ", documented.tools(), session.tools(), given, random);
            real.put(session.id(), skills);
            busy.put(session.id(), random.nextInt(session.maxConcurrentTasks()));
        }
        return new Swarm(sessions, real, busy);
    }

    private static List<Session> many(Documented documented, int size, Random random) {
        List<Session> sessions = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Session like = documented.sessions().get(random.nextInt(documented.sessions().size()));
            Set<String> domains = new HashSet<>(most(like.domains(), random));
            for (int more = 0; more < 2; more++) {
                domains.add(documented.domains().get(random.nextInt(documented.domains().size())));
            }
            sessions.add(Documented.session(
                    "s%04d".formatted(i),
                    domains.stream().sorted().toList(),
                    most(like.tools(), random),
                    like.hourlyCost().doubleValue(),
                    like.maxConcurrentTasks()));
        }
        return sessions;
    }

    private static List<String> most(List<String> all, Random random) {
        return all.stream().filter(one -> random.nextDouble() < 0.8).toList();
    }

    private static void known(
            Set<String> skills, String kind, List<String> all, List<String> declared, Assumptions given, Random random) {
        Set<String> says = new HashSet<>(declared);
        for (String one : all) {
            if (random.nextDouble() < (says.contains(one) ? given.honest() : given.hidden())) {
                skills.add(kind + one);
            }
        }
    }

    /** How skilled a session really is for a need, 0 to 1; domains and tools weigh as in a score, 5 to 3. */
    double skill(String session, Need need) {
        Set<String> skills = real.get(session);
        return (5 * share("domain ", need.domains(), skills) + 3 * share("tool ", need.tools(), skills)) / 8;
    }

    private static double share(String kind, Set<String> needed, Set<String> skills) {
        return needed.isEmpty()
                ? 1
                : (double) needed.stream().filter(one -> skills.contains(kind + one)).count() / needed.size();
    }
}
