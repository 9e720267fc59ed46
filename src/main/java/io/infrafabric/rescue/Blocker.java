package io.infrafabric.rescue;

import io.infrafabric.coordinator.session.Match.Need;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.RescueEvent;
import io.infrafabric.event.RescueEvent.Answer;
import io.infrafabric.event.RescueEvent.BlockerEscalated;
import io.infrafabric.event.RescueEvent.BlockerResolved;
import io.infrafabric.event.RescueEvent.BlockerWithdrawn;
import io.infrafabric.event.RescueEvent.HelpAnswered;
import io.infrafabric.event.RescueEvent.HelpRated;
import io.infrafabric.event.RescueEvent.HelpRequested;
import io.infrafabric.rescue.Ranking.Fit;
import io.infrafabric.rescue.Ranking.LeftOut;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A session that cannot go on, and who was asked to help it. Immutable; its methods decide, and give a {@link Step} to
 * write and emit.
 *
 * @param leftOut who was not asked in the last search for rescuers
 * @param version grows with every change
 */
public record Blocker(
        String id,
        String swarm,
        String session,
        String task,
        String description,
        List<String> domains,
        List<String> tools,
        Severity severity,
        State state,
        List<Ask> asks,
        List<LeftOut> leftOut,
        long version,
        Instant raisedAt,
        Instant endedAt,
        String endedBy) {

    /** Where a blocker stands. */
    @Schema(name = "BlockerState")
    public enum State {
        /** Sessions are asked; nobody has accepted. */
        ASKING,
        /** At least one session helps. */
        ASSIGNED,
        /** Nobody can be asked, so a human was. */
        ESCALATED,
        /** The session can go on. */
        RESOLVED,
        /** It no longer needs a solution. */
        WITHDRAWN;

        /** Whether the session still waits. */
        public boolean isOpen() {
            return this == ASKING || this == ASSIGNED || this == ESCALATED;
        }
    }

    /** The blocker after a change, and the events of that change. */
    record Step(Blocker after, List<RescueEvent> events) {
        /** Another step after this one. */
        Step then(Step next) {
            return new Step(
                    next.after,
                    Stream.concat(events.stream(), next.events.stream()).toList());
        }
    }

    /** The result of a call on a blocker: a change, no change, or a refusal. */
    sealed interface Verdict {
        /** A change to write. */
        record Done(Step step) implements Verdict {}

        /** It is so already: the same answer again. */
        record Already(Blocker blocker) implements Verdict {}

        /** The blocker is resolved or withdrawn. */
        record Over(Blocker blocker) implements Verdict {}

        /** The session has nothing to answer; {@code ask} is {@code null} if it was never asked. */
        record NotAsked(Blocker blocker, Ask ask) implements Verdict {}
    }

    Need need() {
        return Need.of(domains, tools);
    }

    /** The session's ask, {@code null} if it has none. */
    Ask ask(String asked) {
        return asks.stream()
                .filter(ask -> ask.session().equals(asked))
                .findFirst()
                .orElse(null);
    }

    /** Requests that are accepted, or may still be. */
    List<Ask> active() {
        return asks.stream().filter(Ask::isActive).toList();
    }

    List<Ask> accepted() {
        return asks.stream().filter(ask -> ask.state() == Ask.State.ACCEPTED).toList();
    }

    /** Sessions that must not be asked again. */
    Set<String> settled() {
        return asks.stream().filter(Ask::isSettled).map(Ask::session).collect(Collectors.toSet());
    }

    /** Asks these sessions. */
    Step ask(List<Fit> fits, Instant now, Duration patience) {
        Set<String> fresh = fits.stream().map(fit -> fit.candidate().id()).collect(Collectors.toSet());
        List<Ask> all = new ArrayList<>(
                asks.stream().filter(ask -> !fresh.contains(ask.session())).toList());
        List<RescueEvent> events = new ArrayList<>();
        for (Fit fit : fits) {
            Ask ask = Ask.fresh(fit.candidate().id(), fit.parts(), now, patience);
            all.add(ask);
            events.add(new HelpRequested(id, swarm, ask.session(), session, fit.score(), ask.until()));
        }
        return new Step(with(all).settledState(), events);
    }

    /** Records a search for rescuers that left these out; if nobody active is left, asks a human. */
    Step looked(List<LeftOut> others) {
        boolean asksNobody = active().isEmpty() && state != State.ESCALATED;
        Blocker seen = others.equals(leftOut) && !asksNobody ? this : with(state, asks, others, endedAt, endedBy);
        if (!asksNobody) {
            return new Step(seen, List.of());
        }
        Blocker escalated = seen.with(State.ESCALATED, asks, others, null, null);
        return new Step(escalated, List.of(new BlockerEscalated(id, swarm, session, escalated.version)));
    }

    /** An asked session accepts, in time. */
    Verdict accept(String rescuer, Instant now) {
        Ask ask = ask(rescuer);
        if (!state.isOpen()) {
            return new Verdict.Over(this);
        }
        if (ask != null && ask.state() == Ask.State.ACCEPTED) {
            return new Verdict.Already(this);
        }
        return ask == null || ask.state() != Ask.State.ASKED || !now.isBefore(ask.until())
                ? new Verdict.NotAsked(this, ask)
                : new Verdict.Done(answer(rescuer, Answer.ACCEPTED, now));
    }

    /** An asked session declines, or one that had accepted can no longer help. */
    Verdict decline(String rescuer, Instant now) {
        Ask ask = ask(rescuer);
        if (ask != null && ask.state() == Ask.State.DECLINED) {
            return new Verdict.Already(this);
        }
        if (!state.isOpen()) {
            return new Verdict.Over(this);
        }
        return ask == null || !ask.isActive()
                ? new Verdict.NotAsked(this, ask)
                : new Verdict.Done(answer(rescuer, Answer.DECLINED, now));
    }

    /** Marks sessions as silent whose time is over. */
    Step silent(Instant now) {
        return each(ask -> ask.state() == Ask.State.ASKED && !now.isBefore(ask.until()), Answer.SILENT, now);
    }

    /** A session that is active here was lost or has left. */
    Step gone(String rescuer, Instant at, Instant now) {
        return each(
                ask -> ask.isActive()
                        && ask.session().equals(rescuer)
                        && !ask.askedAt().isAfter(at),
                Answer.GONE,
                now);
    }

    /** Takes back unanswered requests to sessions that are no longer needed. */
    Step takeBack(Set<String> rescuers, Instant now) {
        return each(ask -> ask.state() == Ask.State.ASKED && rescuers.contains(ask.session()), Answer.TAKEN_BACK, now);
    }

    private Step each(Predicate<Ask> which, Answer answer, Instant now) {
        Step step = new Step(this, List.of());
        if (state.isOpen()) {
            for (Ask ask : asks.stream().filter(which).toList()) {
                step = step.then(step.after().answer(ask.session(), answer, now));
            }
        }
        return step;
    }

    private Step answer(String rescuer, Answer answer, Instant now) {
        Blocker after = change(rescuer, ask -> ask.answered(answer, now)).settledState();
        return new Step(after, List.of(new HelpAnswered(id, swarm, rescuer, session, answer)));
    }

    /**
     * The session can go on.
     *
     * @param helped its judgement of the sessions that had accepted; others cannot be judged
     */
    Verdict resolve(Map<String, Boolean> helped, String by, Instant now) {
        if (!state.isOpen()) {
            return state == State.RESOLVED ? new Verdict.Already(this) : new Verdict.Over(this);
        }
        for (String rated : helped.keySet()) {
            Ask ask = ask(rated);
            if (ask == null || ask.state() != Ask.State.ACCEPTED) {
                return new Verdict.NotAsked(this, ask);
            }
        }
        List<RescueEvent> events = new ArrayList<>();
        Blocker rated = this;
        for (Ask ask : accepted()) {
            Boolean word = helped.get(ask.session());
            if (word != null) {
                rated = rated.change(ask.session(), one -> one.rated(word));
                events.add(new HelpRated(id, swarm, ask.session(), domains, word, now));
            }
        }
        Step closed = rated.close(State.RESOLVED, by, now);
        events.addAll(closed.events());
        events.add(new BlockerResolved(
                id,
                swarm,
                session,
                accepted().stream().map(Ask::session).toList(),
                by,
                closed.after().version()));
        return new Verdict.Done(new Step(closed.after(), events));
    }

    /** It no longer needs a solution. */
    Verdict withdraw(String by, Instant now) {
        if (!state.isOpen()) {
            return state == State.WITHDRAWN ? new Verdict.Already(this) : new Verdict.Over(this);
        }
        Step closed = close(State.WITHDRAWN, by, now);
        return new Verdict.Done(closed.then(new Step(
                closed.after(),
                List.of(new BlockerWithdrawn(
                        id, swarm, session, by, closed.after().version())))));
    }

    /**
     * The blocker's task is over. If it is done, the session could go on, and nobody is rated; if it was given up, it
     * needs no help.
     */
    Verdict taskOver(boolean done, Instant now) {
        String by = "task:" + task;
        return done ? resolve(Map.of(), by, now) : withdraw(by, now);
    }

    private Step close(State as, String by, Instant now) {
        Set<String> asked = asks.stream().map(Ask::session).collect(Collectors.toSet());
        Step open = takeBack(asked, now);
        Blocker over = open.after();
        return new Step(over.with(as, over.asks, over.leftOut, now, by), open.events());
    }

    /** The same with one request changed. */
    Blocker change(String rescuer, UnaryOperator<Ask> how) {
        return with(asks.stream()
                .map(ask -> ask.session().equals(rescuer) ? how.apply(ask) : ask)
                .toList());
    }

    private Blocker with(List<Ask> itsAsks) {
        return with(state, itsAsks, leftOut, endedAt, endedBy);
    }

    /** The blocker with the state that follows from its requests. Only a search can say that nobody is left. */
    private Blocker settledState() {
        State now = accepted().isEmpty() ? State.ASKING : State.ASSIGNED;
        return new Blocker(
                id,
                swarm,
                session,
                task,
                description,
                domains,
                tools,
                severity,
                now,
                asks,
                leftOut,
                version,
                raisedAt,
                endedAt,
                endedBy);
    }

    private Blocker with(State itsState, List<Ask> itsAsks, List<LeftOut> others, Instant at, String by) {
        return new Blocker(
                id,
                swarm,
                session,
                task,
                description,
                domains,
                tools,
                severity,
                itsState,
                List.copyOf(itsAsks),
                others,
                version + 1,
                raisedAt,
                at,
                by);
    }
}
