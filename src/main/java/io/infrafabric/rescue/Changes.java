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

/** What one transaction changes: gathered step by step, written and emitted at its end. Used by one chain at a time. */
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

    /** The blocker as this transaction has changed it, or as it was read. */
    Blocker current(Blocker read) {
        return current.getOrDefault(read.id(), read);
    }

    /** Takes the step of a search, if it changed anything. */
    void looked(Blocker before, Step step) {
        if (!step.events().isEmpty() || !step.after().equals(before)) {
            take(before, step);
        }
    }

    /** Takes a step, to be written and emitted; holds of requests that ended with it will be settled. */
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

    /** Requests a search for rescuers in this swarm, because somebody may have become free. */
    void look(String swarm) {
        looks.computeIfAbsent(swarm, none -> new ArrayList<>());
    }

    /** Requests a search for rescuers in this swarm, for this blocker and all others. */
    void look(String swarm, String blocker) {
        looks.computeIfAbsent(swarm, none -> new ArrayList<>()).add(blocker);
    }

    Map<String, List<String>> looks() {
        return looks;
    }

    /** All changed blockers, as they are by now. */
    List<Blocker> changed() {
        return List.copyOf(current.values());
    }

    /** Those of them about which a human was asked, and need not be asked any more. */
    List<Blocker> answered() {
        return current.values().stream()
                .filter(blocker -> asked.contains(blocker.id()) && blocker.state() != State.ESCALATED)
                .toList();
    }

    /** What happened, in order. */
    List<RescueEvent> events() {
        return events;
    }

    /** The amounts that settle the holds of ended help, by hold. */
    Map<String, BigDecimal> settlements() {
        return settlements;
    }

    /** Notices beyond those that follow from events. */
    List<Notice> notices() {
        return notices;
    }
}
