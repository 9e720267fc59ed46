package io.infrafabric.rescue;

import io.infrafabric.event.RescueEvent;
import io.infrafabric.rescue.Blocker.State;
import io.infrafabric.rescue.Blocker.Step;
import io.infrafabric.rescue.Notices.Notice;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What one transaction changes: gathered step by step, written and told at its end. Used by one chain at a time. */
final class Changes {
    private final Instant now;
    private final Map<String, Blocker> current = new LinkedHashMap<>();
    private final Set<String> asked = new HashSet<>();
    private final List<RescueEvent> events = new ArrayList<>();
    private final Map<String, List<String>> looks = new TreeMap<>();
    private final Map<String, BigDecimal> settlements = new HashMap<>();
    private final List<Notice> notices = new ArrayList<>();

    Changes(Instant now) {
        this.now = now;
    }

    /** The database's time when the swarms were locked. */
    Instant now() {
        return now;
    }

    /** The blocker as it is by now: as this transaction has changed it, or as it was read. */
    Blocker current(Blocker read) {
        return current.getOrDefault(read.id(), read);
    }

    /** Takes a step that a look has made of it, if it has made anything else of it. */
    void looked(Blocker before, Step step) {
        if (!step.events().isEmpty() || !step.after().equals(before)) {
            take(before, step);
        }
    }

    /** Takes a step: it is to be written and told, and holds of asks that have ended with it are to be settled. */
    void take(Blocker before, Step step) {
        for (Ask ask : step.after().asks()) {
            Ask was = before.ask(ask.session());
            boolean helped = was != null && was.state() == Ask.State.ACCEPTED;
            boolean over =
                    ask.state() != Ask.State.ACCEPTED || !step.after().state().isOpen();
            if (helped && over && was.hold() != null && before.state().isOpen()) {
                settlements.put(was.hold(), ask.settlement());
            }
        }
        if (before.state() == State.ESCALATED) {
            asked.add(before.id());
        }
        current.put(step.after().id(), step.after());
        events.addAll(step.events());
    }

    /** It is to be looked for rescuers in this swarm: somebody may have become free. */
    void look(String swarm) {
        looks.computeIfAbsent(swarm, none -> new ArrayList<>());
    }

    /** It is to be looked for rescuers in this swarm, for this blocker and all others. */
    void look(String swarm, String blocker) {
        looks.computeIfAbsent(swarm, none -> new ArrayList<>()).add(blocker);
    }

    Map<String, List<String>> looks() {
        return looks;
    }

    /** All blockers that were changed, as they are by now. */
    List<Blocker> changed() {
        return List.copyOf(current.values());
    }

    /** Those of them that a human was asked about, and needs to be asked about no more. */
    List<Blocker> answered() {
        return current.values().stream()
                .filter(blocker -> asked.contains(blocker.id()) && blocker.state() != State.ESCALATED)
                .toList();
    }

    /** What happened, in order. */
    List<RescueEvent> events() {
        return events;
    }

    /** What the holds of those who have ended their help came to, by hold. */
    Map<String, BigDecimal> settlements() {
        return settlements;
    }

    /** What is to be told besides what events tell. */
    List<Notice> notices() {
        return notices;
    }
}
