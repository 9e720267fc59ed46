package io.infrafabric.escalation;

import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Sessions;
import io.infrafabric.bus.Work;
import io.infrafabric.door.Caller;
import io.infrafabric.door.Idempotency;
import io.infrafabric.door.Once;
import io.infrafabric.door.Once.Reply;
import io.infrafabric.event.EscalationEvent;
import io.infrafabric.event.EscalationEvent.CaseAcknowledged;
import io.infrafabric.event.EscalationEvent.CaseOpened;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.CaseWithdrawn;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jboss.logging.Logger;

/** Cases: opened once for each question, acknowledged, resolved and withdrawn under the lock of their row. */
@ApplicationScoped
public class CaseStore {
    private static final Logger LOG = Logger.getLogger(CaseStore.class);

    /** Who comes second waits for the first to commit, and then does nothing: the unique key decides. */
    private static final String OPEN = "insert into CaseRow (id, function, subject, swarm, reason, severity, asked,"
            + " options, evidence, occurrence, openedAt, state, version) values (:id, :function, :subject, :swarm,"
            + " :reason, :severity, :asked, :options, :evidence, :occurrence, :openedAt, :state, 0)"
            + " on conflict do nothing";

    /** The oldest that wait for a decision and that this cause has asked about. */
    private static final String CAUSED = "from CaseRow c where c.function = :function and c.reason in :reasons"
            + " and (c.subject = :subject or cast(sql('? = any(?)', :subject, c.evidence) as Boolean) = true)"
            + " and c.state in (OPEN, ACKNOWLEDGED) and c.openedAt < :before order by c.openedAt, c.id";

    /**
     * Which cases to list; {@code null} is any.
     *
     * @param beforeAt with {@code beforeId} the last case of the page before
     */
    record Filter(Case.State state, String function, String swarm, Instant beforeAt, UUID beforeId) {}

    /** Who says something about a case, and with what call. */
    record Word(Caller caller, String note, Idempotency.Key key, Trace trace) {}

    private final Sessions sessions;
    private final Once once;
    private final EventIds ids;
    private final DeliveryStore deliveries;
    private final Answers answers;
    private final EscalationConfig config;

    CaseStore(
            Sessions sessions,
            Once once,
            EventIds ids,
            DeliveryStore deliveries,
            Answers answers,
            EscalationConfig config) {
        this.config = config;
        this.sessions = sessions;
        this.once = once;
        this.ids = ids;
        this.deliveries = deliveries;
        this.answers = answers;
    }

    /** Opens a case for the question, unless there is one. */
    Uni<Void> open(Mutiny.Session session, Work work, Question question, Trace trace) {
        UUID id = ids.next();
        return Rows.now(work.connection())
                .chain(now -> session.createMutationQuery(OPEN)
                        .setParameter("id", id)
                        .setParameter("function", question.function())
                        .setParameter("subject", question.subject())
                        .setParameter("swarm", question.swarm())
                        .setParameter("reason", question.reason())
                        .setParameter("severity", question.severity())
                        .setParameter("asked", question.asked())
                        .setParameter("options", question.options().toArray(String[]::new))
                        .setParameter("evidence", question.evidence().toArray(String[]::new))
                        .setParameter("occurrence", question.occurrence())
                        .setParameter("openedAt", now)
                        .setParameter("state", Case.State.OPEN)
                        .executeUpdate())
                .invoke(opened -> {
                    if (opened == 0) {
                        LOG.debugf("%s asked before: %s", question.function(), question);
                    }
                })
                .chain(opened -> opened == 0
                        ? Uni.createFrom().voidItem()
                        : session.find(CaseRow.class, id)
                                .chain(row -> tell(session, work, row.toCase(), opened(row.toCase()), trace)));
    }

    /**
     * Withdraws the cases that a cause has asked about, since it has gone away; what was decided stays. More than one
     * transaction should change are left to the next one, which is asked for over the channel.
     */
    Uni<Void> withdraw(Mutiny.Session session, Work work, Cause cause, Trace trace) {
        return Rows.now(work.connection())
                .chain(now -> session.createSelectionQuery(CAUSED, CaseRow.class)
                        .setParameter("function", cause.function())
                        .setParameter("reasons", cause.reasons())
                        .setParameter("subject", cause.subject())
                        .setParameter(
                                "before",
                                cause.before() == null ? Instant.parse("9999-01-01T00:00:00Z") : cause.before())
                        .setMaxResults(config.withdrawBatch())
                        .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                        .getResultList()
                        .chain(rows -> {
                            if (rows.size() == config.withdrawBatch()) {
                                goOn(
                                        work,
                                        cause,
                                        rows.getFirst(),
                                        trace,
                                        cause.before() == null ? now : cause.before());
                            }
                            Uni<Void> told = Uni.createFrom().voidItem();
                            for (CaseRow row : rows) {
                                Case withdrawn = row.toCase().withdraw(cause.why(), now);
                                row.become(withdrawn);
                                told = told.chain(() -> tell(session, work, withdrawn, withdrawn(withdrawn), trace));
                            }
                            return told;
                        }));
    }

    private static void goOn(Work work, Cause cause, CaseRow one, Trace trace, Instant before) {
        for (String reason : cause.reasons()) {
            work.emit(new CauseEnded(cause.function(), cause.subject(), one.swarm, reason, cause.why(), before), trace);
        }
    }

    private static CaseWithdrawn withdrawn(Case now) {
        return new CaseWithdrawn(
                now.id(), now.function(), now.subject(), now.swarm(), now.reason(), now.withdrawnBecause());
    }

    /** An operator takes care of a case. */
    Uni<Reply<Case.Answer>> acknowledge(UUID id, Word word) {
        return change(
                id,
                word,
                (found, at) -> found.acknowledge(word.caller().subject(), word.note(), at),
                now -> new CaseAcknowledged(
                        now.id(),
                        now.function(),
                        now.subject(),
                        now.swarm(),
                        now.reason(),
                        now.acknowledgedBy(),
                        now.note()));
    }

    /** An operator decides a case. */
    Uni<Reply<Case.Answer>> resolve(UUID id, String option, Map<String, String> parameters, Word word) {
        return change(
                id,
                word,
                (found, at) -> found.resolve(option, parameters, word.caller().subject(), word.note(), at),
                now -> new CaseResolved(
                        now.id(),
                        now.function(),
                        now.subject(),
                        now.swarm(),
                        now.reason(),
                        now.evidence(),
                        now.option(),
                        now.parameters(),
                        now.resolvedBy(),
                        now.note()));
    }

    private Uni<Reply<Case.Answer>> change(
            UUID id,
            Word word,
            BiFunction<Case, Instant, Case.Answer> rule,
            java.util.function.Function<Case, EscalationEvent> event) {
        return sessions.run((session, work) -> once.run(
                work.connection(),
                word.key(),
                () -> Rows.now(work.connection())
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
                                    return tell(session, work, now, event.apply(now), word.trace())
                                            .replaceWith(answer);
                                })),
                answers::toKeep));
    }

    private Uni<Void> tell(Mutiny.Session session, Work work, Case now, EscalationEvent event, Trace trace) {
        work.emit(event, trace);
        return deliveries.announce(session, work, now, event);
    }

    private static CaseOpened opened(Case now) {
        return new CaseOpened(
                now.id(),
                now.function(),
                now.subject(),
                now.swarm(),
                now.reason(),
                now.severity(),
                now.asked(),
                now.options(),
                now.occurrence());
    }

    /** The case, {@code null} if there is none in reach. */
    Uni<Case> find(UUID id, Caller caller) {
        return sessions.read(session -> session.find(CaseRow.class, id)
                .map(row -> row == null || !caller.reaches(row.swarm) ? null : row.toCase()));
    }

    /** One page, newest first. */
    Uni<List<Case>> page(Filter filter, int limit) {
        Map<String, Object> given = new HashMap<>();
        StringBuilder query = new StringBuilder("from CaseRow c where true");
        and(query, given, " and c.state = :state", "state", filter.state());
        and(query, given, " and c.function = :function", "function", filter.function());
        and(query, given, " and c.swarm = :swarm", "swarm", filter.swarm());
        and(query, given, " and (c.openedAt, c.id) < (:at, :id)", "at", filter.beforeAt());
        and(query, given, "", "id", filter.beforeId());
        query.append(" order by c.openedAt desc, c.id desc");
        return sessions.read(session -> {
                    var selection = session.createSelectionQuery(query.toString(), CaseRow.class);
                    given.forEach(selection::setParameter);
                    return selection.setMaxResults(limit).getResultList();
                })
                .map(rows -> rows.stream().map(CaseRow::toCase).toList());
    }

    private static void and(
            StringBuilder query, Map<String, Object> given, String condition, String name, Object value) {
        if (value != null) {
            query.append(condition);
            given.put(name, value);
        }
    }
}
