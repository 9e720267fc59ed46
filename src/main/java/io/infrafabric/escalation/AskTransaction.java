package io.infrafabric.escalation;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.escalation.SessionQuestion.Bounds;
import io.infrafabric.escalation.SessionQuestion.Decision;
import io.infrafabric.escalation.SessionQuestion.Outcome;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;

/** Questions of sessions ({@link SessionQuestion}): asks them, and takes what was said when nobody answers in time. */
@ApplicationScoped
class AskTransaction {
    /** The kind of due row that ends the wait for an answer. */
    static final String DEADLINE = "deadline:";

    private final Commands commands;
    private final EntitySessions sessions;
    private final CaseTable cases;
    private final EventIds ids;
    private final Due due;
    private final Bounds bounds;

    AskTransaction(
            Commands commands,
            EntitySessions sessions,
            CaseTable cases,
            EventIds ids,
            Due due,
            EscalationConfig config) {
        this.commands = commands;
        this.sessions = sessions;
        this.cases = cases;
        this.ids = ids;
        this.due = due;
        // OTHER is one more.
        this.bounds = new Bounds(
                config.maxAsked(),
                config.maxOptions() - 1,
                config.maxSessionQuestions(),
                config.questionWaits(),
                config.questionLongest());
    }

    Bounds bounds() {
        return bounds;
    }

    /** Asks. Questions of one session take turns, so that no two count the open ones at once. */
    Uni<Reply<Outcome>> ask(SessionQuestion asked, Trace trace, Keep<Outcome> keep) {
        return commands.alone(
                keep,
                work -> sessions.in(
                        work,
                        session -> CaseTable.inTurn(work)
                                .take()
                                .chain(turn -> Rows.now(work.connection())
                                        .chain(now -> AskedTable.open(session, asked.subject(), bounds.open())
                                                .chain(open -> asked(session, work, turn, asked, open, now, trace))))));
    }

    private Uni<Outcome> asked(
            Mutiny.Session session,
            Work work,
            CaseTable.Turn turn,
            SessionQuestion asked,
            List<Case> open,
            Instant now,
            Trace trace) {
        return switch (asked.decide(open, bounds, ids.next().toString(), now)) {
            case Decision.Not(Outcome outcome) -> Uni.createFrom().item(outcome);
            case Decision.Ask(Question question, Instant deadline) ->
                cases.insert(session, turn, question, null, now, deadline, asked.onNoAnswer())
                        .map(CaseRow::toCase)
                        .call(made -> cases.tell(session, work, made, CaseTable.opened(made), trace))
                        .call(made -> due.at(
                                work.connection(), SessionQuestion.FUNCTION, Map.of(DEADLINE + made.id(), deadline)))
                        .map(Outcome.Opened::new);
        };
    }

    /** The deadline has come: takes what the session said, unless somebody has answered. */
    Uni<Void> unanswered(Mutiny.Session session, Work work, UUID id, Trace trace) {
        return Rows.now(work.connection())
                .chain(now -> session.find(CaseRow.class, id, LockModeType.PESSIMISTIC_WRITE)
                        .chain(row -> {
                            if (row == null || !row.toCase().awaitsRuling()) {
                                return Uni.createFrom().voidItem();
                            }
                            Case taken = row.toCase().unanswered(now);
                            row.become(taken);
                            return cases.tell(
                                    session,
                                    work,
                                    taken,
                                    DeskTransaction.resolved(taken, SessionQuestion.NOBODY),
                                    trace);
                        }));
    }
}
