package io.infrafabric.escalation;

import io.infrafabric.bus.EntitySessions;
import io.infrafabric.bus.Rows;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.command.Role;
import io.infrafabric.event.EscalationEvent;
import io.infrafabric.event.EscalationEvent.CaseAcknowledged;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;

/** What operators do with cases: read, acknowledge and decide them, under the lock of the row. */
@ApplicationScoped
class DeskTransaction {
    /**
     * Which cases to list; {@code null} means any.
     *
     * @param beforeAt with {@code beforeId}, the last case of the previous page
     */
    record Filter(Case.State state, String function, String swarm, Instant beforeAt, UUID beforeId) {}

    /** A caller's words about a case. */
    record Word(Caller caller, String note, Trace trace) {}

    private final EntitySessions sessions;
    private final Commands commands;
    private final DeliveryTransaction deliveries;

    DeskTransaction(EntitySessions sessions, Commands commands, DeliveryTransaction deliveries) {
        this.sessions = sessions;
        this.commands = commands;
        this.deliveries = deliveries;
    }

    /** Acknowledges a case for an operator. */
    Uni<Reply<Case.Answer>> acknowledge(UUID id, Word word, Keep<Case.Answer> keep) {
        return change(
                id,
                word,
                keep,
                (found, at) -> found.acknowledge(word.caller().subject(), word.note(), at),
                now -> new CaseAcknowledged(
                        now.id(),
                        now.function(),
                        now.subject(),
                        now.swarm(),
                        now.reason(),
                        operator(now.seen().acknowledgedBy()),
                        now.handling().note()));
    }

    /** Decides a case for an operator. */
    Uni<Reply<Case.Answer>> resolve(
            UUID id, String option, Map<String, String> parameters, Word word, Keep<Case.Answer> keep) {
        return change(
                id,
                word,
                keep,
                (found, at) -> found.resolve(option, parameters, word.caller().subject(), word.note(), at),
                now -> resolved(now, operator(now.ruling().resolvedBy())));
    }

    /** What goes back to the function that asked. */
    static CaseResolved resolved(Case now, String by) {
        return new CaseResolved(
                now.id(),
                now.function(),
                now.subject(),
                now.swarm(),
                now.reason(),
                now.wording().evidence(),
                now.ruling().option(),
                now.ruling().parameters(),
                by,
                now.handling().note(),
                now.wording().asked());
    }

    /** Only operators act here, but the answer goes to places that name others, too. */
    private static String operator(String name) {
        return new Caller(name, null, Role.OPERATOR).by();
    }

    private Uni<Reply<Case.Answer>> change(
            UUID id,
            Word word,
            Keep<Case.Answer> keep,
            BiFunction<Case, Instant, Case.Answer> rule,
            java.util.function.Function<Case, EscalationEvent> event) {
        return commands.alone(
                keep,
                work -> sessions.in(
                        work,
                        session -> Rows.now(work.connection())
                                .chain(at -> session.find(CaseRow.class, id, LockModeType.PESSIMISTIC_WRITE)
                                        .chain(row -> {
                                            if (row == null || !word.caller().reaches(row.swarm)) {
                                                return Uni.createFrom().item(new Case.Answer.Unknown(id.toString()));
                                            }
                                            Case.Answer answer = rule.apply(row.toCase(), at);
                                            if (!(answer instanceof Case.Answer.Changed(Case now))) {
                                                return Uni.createFrom().item(answer);
                                            }
                                            row.become(now);
                                            EscalationEvent told = event.apply(now);
                                            work.emit(told, word.trace());
                                            return deliveries
                                                    .announce(session, work, now, told)
                                                    .replaceWith(answer);
                                        }))));
    }

    /** The case; {@code null} if it is out of reach. */
    Uni<Case> find(UUID id, Caller caller) {
        return sessions.read(session -> session.find(CaseRow.class, id)
                .map(row -> row == null || !caller.reaches(row.swarm) ? null : row.toCase()));
    }

    /** One page, newest first. */
    Uni<List<Case>> page(Filter filter, int limit) {
        return sessions.read(session -> CasePageTable.page(session, filter, limit));
    }
}
