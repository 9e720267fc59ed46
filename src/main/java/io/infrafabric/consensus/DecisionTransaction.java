package io.infrafabric.consensus;

import io.infrafabric.bus.Aside;
import io.infrafabric.bus.Due;
import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.consensus.DecisionTable.Locked;
import io.infrafabric.consensus.Opening.Elector;
import io.infrafabric.consensus.Opening.Frozen;
import io.infrafabric.coordinator.published.Electorate;
import io.infrafabric.coordinator.published.Electorate.Roll;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.event.ConsensusEvent.ClosedBecause;
import io.infrafabric.event.ConsensusEvent.DecisionOpened;
import io.infrafabric.event.ConsensusEvent.HazardsRaised;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.hibernate.reactive.mutiny.Mutiny;

/** Opens decisions with frozen rules, adds hazards, and closes them for operators. */
@ApplicationScoped
class DecisionTransaction {
    /** What to decide, who opens it, and the wishes for its rules. */
    record Proposal(
            String id,
            String swarm,
            String summary,
            String rationale,
            Set<Hazard> hazards,
            Opening.Wish wish,
            String openedBy,
            boolean operator,
            Trace trace) {}

    /**
     * The result of a call about a decision.
     *
     * @param <S> how the caller shows a decision. With all its votes it may be megabytes, so it is written once, in the
     * transaction and off the event loop
     */
    sealed interface Answer<S> {
        /** The decision as it is now, in the form that is shown. */
        record Done<S>(S now) implements Answer<S> {}

        /** The same, but nothing changed. */
        record Same<S>(S now) implements Answer<S> {}

        record Refused<S>(Opening why) implements Answer<S> {}

        record UnknownSwarm<S>(String swarm) implements Answer<S> {}

        record Exists<S>(String id) implements Answer<S> {}

        record Unknown<S>(String id) implements Answer<S> {}

        record Closed<S>(Decision decision) implements Answer<S> {}
    }

    private final EntitySessions sessions;
    private final Aside aside;
    private final Commands commands;
    private final Due due;
    private final Electorate electorates;
    private final SessionInbox inboxes;
    private final ClosingTransaction closings;
    private final Decisions readings;
    private final ConsensusConfig config;

    DecisionTransaction(
            EntitySessions sessions,
            Aside aside,
            Commands commands,
            Due due,
            Electorate electorates,
            SessionInbox inboxes,
            ClosingTransaction closings,
            Decisions readings,
            ConsensusConfig config) {
        this.sessions = sessions;
        this.aside = aside;
        this.commands = commands;
        this.due = due;
        this.electorates = electorates;
        this.inboxes = inboxes;
        this.closings = closings;
        this.readings = readings;
        this.config = config;
    }

    /** Opens a decision and asks its electors to vote. */
    <S> Uni<Reply<Answer<S>>> open(Proposal proposal, Function<DecisionView, S> shown, Keep<Answer<S>> keep) {
        return commands.alone(keep, work -> sessions.in(work, session -> open(session, work, proposal, shown)));
    }

    private <S> Uni<Answer<S>> open(
            Mutiny.Session session, Work work, Proposal proposal, Function<DecisionView, S> shown) {
        List<String> named = Objects.requireNonNullElse(proposal.wish().electorate(), List.of());
        int most = config.maxElectors() + 1;
        return electorates
                .roll(work.connection(), proposal.swarm(), named, most)
                .chain(roll -> {
                    if (roll == null) {
                        return Uni.createFrom().item(new Answer.UnknownSwarm<S>(proposal.swarm()));
                    }
                    return Rows.now(work.connection()).chain(now -> switch (Opening.decide(
                            proposal.wish(), usual(roll.quorum()), members(roll), proposal.operator(), now)) {
                        case Frozen frozen -> open(session, work, proposal, frozen, shown, now);
                        case Opening refused -> Uni.createFrom().item(new Answer.Refused<S>(refused));
                    });
                });
    }

    private Opening.Usual usual(Integer quorum) {
        return new Opening.Usual(
                quorum == null ? config.quorum() : quorum,
                config.majority(),
                config.supermajority(),
                config.voting(),
                config.longestVoting(),
                config.correlation(),
                config.maxElectors());
    }

    private static List<Opening.Member> members(Roll roll) {
        return roll.members().stream()
                .map(member -> new Opening.Member(
                        new Elector(member.session(), member.provider(), member.model()), member.live()))
                .toList();
    }

    private <S> Uni<Answer<S>> open(
            Mutiny.Session session,
            Work work,
            Proposal proposal,
            Frozen frozen,
            Function<DecisionView, S> shown,
            Instant now) {
        List<String> electors = frozen.electors().stream().map(Elector::session).toList();
        return electorates
                .lock(work, electors)
                .then(() -> DecisionTable.insert(session, proposal, frozen, now))
                .take()
                .chain(opened -> opened == null
                        ? Uni.createFrom().item(new Answer.Exists<S>(proposal.id()))
                        : announce(work, opened.row(), electors, proposal.trace())
                                .chain(() -> closings.checkReach(session, work, opened, Set.of(), now))
                                .chain(() -> written(session, work, opened.row(), shown))
                                .map(Answer.Done::new));
    }

    /** Notifies electors (whose rows are locked), and schedules the closing. */
    Uni<Void> announce(Work work, DecisionRow row, List<String> electors, Trace trace) {
        work.emit(
                new DecisionOpened(
                        row.id,
                        row.swarm,
                        List.of(row.hazards),
                        row.electors,
                        row.quorum,
                        row.sealed,
                        row.closesAt,
                        row.openedBy,
                        row.reopens),
                trace);
        String data = new JsonObject()
                .put("summary", ClosingTransaction.shown(row.summary))
                .put("closesAt", row.closesAt.toString())
                .put("sealed", row.sealed)
                .encode();
        List<Notice> notices = electors.stream()
                .map(elector -> new Notice("voteRequested", elector, "decision:" + row.id, data))
                .toList();
        return inboxes.tell(work, notices)
                .chain(() -> due.at(
                        work.connection(),
                        ClosingTransaction.FUNCTION,
                        Map.of(ClosingTransaction.deadline(row.id), row.closesAt)));
    }

    /** Adds hazards to an open decision. Adding existing ones changes nothing. */
    <S> Uni<Reply<Answer<S>>> raise(
            String id,
            Set<Hazard> hazards,
            String by,
            String swarm,
            Trace trace,
            Function<DecisionView, S> shown,
            Keep<Answer<S>> keep) {
        return commands.alone(
                keep,
                work -> sessions.in(
                        work,
                        session -> whileOpen(session, id, swarm, locked -> {
                            DecisionRow row = locked.row();
                            boolean more = row.raise(hazards);
                            if (more) {
                                work.emit(new HazardsRaised(row.id, row.swarm, List.of(row.hazards), by), trace);
                            }
                            return session.flush()
                                    .chain(() -> written(session, work, row, shown))
                                    .map(now -> more ? new Answer.Done<>(now) : new Answer.Same<>(now));
                        })));
    }

    /** Does this with the decision under lock, unless it is out of reach or closed. */
    private <S> Uni<Answer<S>> whileOpen(
            Mutiny.Session session, String id, String swarm, Function<Locked, Uni<Answer<S>>> change) {
        return found(session, id, swarm).chain(locked -> {
            if (locked == null) {
                return Uni.createFrom().item(new Answer.Unknown<S>(id));
            }
            if (locked.row().state != Decision.State.OPEN) {
                return Uni.createFrom().item(new Answer.Closed<S>(locked.row().toDecision()));
            }
            return change.apply(locked);
        });
    }

    /** Closes a decision now for an operator, with the votes cast so far. */
    <S> Uni<Reply<Answer<S>>> close(
            String id, String by, String swarm, Function<DecisionView, S> shown, Keep<Answer<S>> keep) {
        return commands.alone(
                keep,
                work -> sessions.in(
                        work,
                        session -> whileOpen(
                                session,
                                id,
                                swarm,
                                locked -> Rows.now(work.connection())
                                        .chain(now ->
                                                closings.close(session, work, locked, ClosedBecause.OPERATOR, by, now))
                                        .chain(session::flush)
                                        .chain(() -> written(session, work, locked.row(), shown))
                                        .map(Answer.Done::new))));
    }

    /** The decision with all its votes, which may be megabytes. */
    private <S> Uni<S> written(Mutiny.Session session, Work work, DecisionRow row, Function<DecisionView, S> shown) {
        return readings.view(session, work, row).chain(view -> aside.run(() -> shown.apply(view)));
    }

    /** The locked decision; {@code null} if it is out of reach. */
    private static Uni<Locked> found(Mutiny.Session session, String id, String swarm) {
        return DecisionTable.lock(session, List.of(id))
                .take()
                .map(locked -> locked.isEmpty()
                                || (swarm != null
                                        && !swarm.equals(locked.getFirst().row().swarm))
                        ? null
                        : locked.getFirst());
    }
}
