package io.infrafabric.consensus;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Sessions;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.ElectorateStore;
import io.infrafabric.event.BudgetEvent;
import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.ConsensusEvent;
import io.infrafabric.event.CoordinatorEvent;
import io.infrafabric.event.CoordinatorEvent.SessionLeft;
import io.infrafabric.event.CoordinatorEvent.SessionLost;
import io.infrafabric.event.DeadlockEvent;
import io.infrafabric.event.DissentEvent;
import io.infrafabric.event.DissentEvent.FalsifierObserved;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.Event;
import io.infrafabric.event.RelationEvent;
import io.infrafabric.event.RelationEvent.ClaimDisputed;
import io.infrafabric.event.RelationEvent.ClaimRevised;
import io.infrafabric.event.RelationEvent.ClaimSettled;
import io.infrafabric.event.RelationEvent.ClaimStated;
import io.infrafabric.event.RelationEvent.ContradictionEnded;
import io.infrafabric.event.RelationEvent.ContradictionFound;
import io.infrafabric.event.RelationEvent.ContradictionWeighed;
import io.infrafabric.event.RelationEvent.RelationAdded;
import io.infrafabric.event.RelationEvent.RelationRemoved;
import io.infrafabric.event.RelationEvent.StandingChanged;
import io.infrafabric.event.RescueEvent;
import io.infrafabric.event.StealingEvent;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.hibernate.reactive.mutiny.Mutiny;

/** What consensus does when its channel tells it something. */
@ApplicationScoped
@IfBuildProperty(name = "s2.build.consensus.channel", stringValue = "true", enableIfMissing = true)
public class ConsensusFunction {
    private final Inbox inbox;
    private final Sessions sessions;
    private final ElectorateStore electorates;
    private final ClosingStore closings;
    private final ReviewStore reviews;
    private final Due due;
    private final ConsensusConfig config;

    public ConsensusFunction(
            Inbox inbox,
            Sessions sessions,
            ElectorateStore electorates,
            ClosingStore closings,
            ReviewStore reviews,
            Due due,
            ConsensusConfig config) {
        this.inbox = inbox;
        this.sessions = sessions;
        this.electorates = electorates;
        this.closings = closings;
        this.reviews = reviews;
        this.due = due;
        this.config = config;
    }

    @Incoming("consensus")
    public Uni<Void> on(EventBatch batch) {
        return inbox.takeTogether(
                batch,
                (work, envelopes) -> sessions.in(work, session -> {
                    List<Event> events = envelopes.stream().map(Envelope::event).toList();
                    return react(session, work, events);
                }));
    }

    /** What a batch is about, under lock. */
    private record Locked(Map<String, DecisionRow> decisions, Map<String, List<String>> electors, Instant now) {}

    private Uni<Void> react(Mutiny.Session session, Work work, List<Event> events) {
        return EvidenceStore.learn(work, events, config.evidenceBatch())
                .chain(concerned -> lock(session, work, events, concerned.decisions())
                        .chain(locked -> {
                            Uni<Void> reacted = Uni.createFrom().voidItem();
                            for (Event event : events) {
                                reacted = reacted.chain(() -> react(session, work, event, locked));
                            }
                            if (!concerned.decisions().isEmpty()) {
                                reacted = reacted.chain(() -> EvidenceStore.weigh(
                                        work, locked.decisions().values()));
                            }
                            return reacted.chain(() -> checkReach(session, work, events, locked))
                                    .chain(() -> due.at(
                                            work.connection(),
                                            ClosingStore.FUNCTION,
                                            concerned.unfinished().stream()
                                                    .collect(Collectors.toMap(
                                                            contradiction -> EvidenceStore.DUE + contradiction,
                                                            contradiction -> locked.now()))));
                        }));
    }

    /** Sessions that are going to be told, then all decisions that events are about, each in the order of their ids. */
    private Uni<Locked> lock(Mutiny.Session session, Work work, List<Event> events, Set<String> concerned) {
        Set<String> decisions = new TreeSet<>(concerned);
        Set<String> reopened = new TreeSet<>();
        for (Event event : events) {
            switch (event) {
                case CameDue due when due.entity().startsWith(EvidenceStore.DUE) -> {
                    // What it concerns is among the decisions.
                }
                case CameDue due -> decisions.add(after("close:", due.entity()));
                case CaseResolved resolved
                when isOurs(resolved) -> decisions.add(after("decision:", resolved.subject()));
                case FalsifierObserved seen -> reopened.add(seen.decision());
                case CoordinatorEvent _,
                        BudgetEvent _,
                        EscalationEvent _,
                        ConsensusEvent _,
                        DissentEvent _,
                        RescueEvent _,
                        StealingEvent _,
                        DeadlockEvent _,
                        RelationEvent _ -> {
                    // Sessions are looked up below; of others nothing is locked.
                }
            }
        }
        decisions.addAll(reopened);
        return electors(session, reopened)
                .call(electors -> electorates.lock(
                        work.connection(),
                        electors.values().stream()
                                .flatMap(List::stream)
                                .distinct()
                                .toList()))
                .chain(electors -> ClosingStore.openWith(session, gone(events))
                        .invoke(decisions::addAll)
                        .chain(() -> ClosingStore.lock(session, decisions))
                        .chain(rows -> Rows.now(work.connection()).map(now -> {
                            Map<String, DecisionRow> locked = new HashMap<>();
                            rows.forEach(row -> locked.put(row.id, row));
                            return new Locked(locked, electors, now);
                        })));
    }

    private static Uni<Map<String, List<String>>> electors(Mutiny.Session session, Set<String> decisions) {
        return decisions.isEmpty()
                ? Uni.createFrom().item(Map.of())
                : session.createSelectionQuery("from ElectorRow e where e.decision in :ids", ElectorRow.class)
                        .setParameter("ids", decisions)
                        .getResultList()
                        .map(rows -> {
                            Map<String, List<String>> electors = new HashMap<>();
                            rows.forEach(row -> electors.computeIfAbsent(row.decision, none -> new ArrayList<>())
                                    .add(row.session));
                            return electors;
                        });
    }

    private static Set<String> gone(List<Event> events) {
        Set<String> gone = new TreeSet<>();
        for (Event event : events) {
            if (event instanceof SessionLost lost) {
                gone.add(lost.session());
            } else if (event instanceof SessionLeft left) {
                gone.add(left.session());
            }
        }
        return gone;
    }

    private Uni<Void> react(Mutiny.Session session, Work work, Event event, Locked locked) {
        return switch (event) {
            case CameDue due
            when due.entity().startsWith(EvidenceStore.DUE) -> Uni.createFrom().voidItem();
            case CameDue due -> {
                DecisionRow row = locked.decisions().get(after("close:", due.entity()));
                yield row == null ? Uni.createFrom().voidItem() : closings.timeUp(session, work, row, locked.now());
            }
            case CaseResolved resolved
            when isOurs(resolved) ->
                reviews.resolved(
                        session, work, known(locked, after("decision:", resolved.subject())), resolved, locked.now());
            case FalsifierObserved seen ->
                reviews.reopen(
                        session,
                        work,
                        known(locked, seen.decision()),
                        seen,
                        locked.electors().getOrDefault(seen.decision(), List.of()),
                        locked.now());
            case CoordinatorEvent _,
                    BudgetEvent _,
                    EscalationEvent _,
                    ConsensusEvent _,
                    DissentEvent _,
                    RescueEvent _,
                    StealingEvent _,
                    DeadlockEvent _,
                    ClaimStated _,
                    ClaimRevised _,
                    ClaimDisputed _,
                    ClaimSettled _,
                    RelationAdded _,
                    RelationRemoved _,
                    ContradictionFound _,
                    ContradictionWeighed _,
                    ContradictionEnded _,
                    StandingChanged _ -> Uni.createFrom().voidItem();
        };
    }

    /** Whoever fell silent or left may have been needed for a quorum. */
    private Uni<Void> checkReach(Mutiny.Session session, Work work, List<Event> events, Locked locked) {
        Uni<Void> checked = Uni.createFrom().voidItem();
        Set<String> gone = gone(events);
        if (gone.isEmpty()) {
            return checked;
        }
        for (DecisionRow row : locked.decisions().values()) {
            checked = checked.chain(() -> closings.checkReach(session, work, row, gone, locked.now()));
        }
        return checked;
    }

    private static boolean isOurs(CaseResolved resolved) {
        return ClosingStore.FUNCTION.equals(resolved.function());
    }

    private static DecisionRow known(Locked locked, String decision) {
        DecisionRow row = locked.decisions().get(decision);
        if (row == null) {
            throw new IllegalArgumentException("There is no decision " + decision);
        }
        return row;
    }

    private static String after(String kind, String name) {
        if (!name.startsWith(kind)) {
            throw new IllegalArgumentException("Nothing of this kind is known here: " + name);
        }
        return name.substring(kind.length());
    }
}
