package io.infrafabric.escalation;

import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Sessions;
import io.infrafabric.bus.Work;
import io.infrafabric.door.Caller;
import io.infrafabric.door.Idempotency;
import io.infrafabric.door.Once;
import io.infrafabric.door.Once.Reply;
import io.infrafabric.door.Role;
import io.infrafabric.event.EscalationEvent;
import io.infrafabric.event.EscalationEvent.CaseAcknowledged;
import io.infrafabric.event.EscalationEvent.CaseOpened;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.EscalationEvent.CaseWithdrawn;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.ArrayList;
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
            + " options, evidence, occurrence, openedAt, askedAt, state, version) values (:id, :function, :subject,"
            + " :swarm, :reason, :severity, :asked, :options, :evidence, :occurrence, :openedAt, :askedAt, :state, 0)"
            + " on conflict do nothing";

    /** The oldest that wait for a decision and that this cause has asked about. */
    private static final String CAUSED = "from CaseRow c where c.function = :function and c.reason in :reasons"
            + " and (c.subject = :subject or cast(sql('? = any(?)', :subject, c.evidence) as Boolean) = true)"
            + " and c.state in (OPEN, ACKNOWLEDGED) and c.askedAt < :before order by c.openedAt, c.id";

    /** What opens cases and what makes them needless see each other: of two at once one is second. */
    private static final String IN_TURN = "SELECT count(pg_advisory_xact_lock(hashtext('escalation_case')))";

    private static final String ENDED = "SELECT FROM escalation_ended WHERE function = $1 AND reason = $2"
            + " AND subject = ANY($3) AND until > $4 LIMIT 1";

    private static final String REMEMBER = """
            INSERT INTO escalation_ended AS e (function, reason, subject, until)
            SELECT $1, unnest($2::text[]), $3, $4
            ON CONFLICT (function, reason, subject) DO UPDATE SET until = greatest(e.until, excluded.until), at = now()
            """;

    private static final String FORGET =
            "DELETE FROM escalation_ended WHERE at < now() - $1 * interval '1 millisecond'";

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

    /** Opens a case for the question, unless there is one, or what it asks about is over by now. */
    Uni<Void> open(Mutiny.Session session, Work work, Question question, Trace trace) {
        return inTurn(work)
                .chain(() -> Rows.now(work.connection()))
                .chain(now -> isOver(work, question, now)
                        .chain(over -> over
                                ? Uni.createFrom().voidItem()
                                : insert(session, question, now)
                                        .chain(row -> row == null
                                                ? Uni.createFrom().voidItem()
                                                : tell(session, work, row.toCase(), opened(row.toCase()), trace))));
    }

    private static Uni<Void> inTurn(Work work) {
        return work.connection().query(IN_TURN).execute().replaceWithVoid();
    }

    /** Whether the cause of a question went away after it was asked: then nobody is asked any more. */
    private static Uni<Boolean> isOver(Work work, Question question, Instant now) {
        List<String> names = new ArrayList<>(question.evidence());
        names.add(question.subject());
        return work.connection()
                .preparedQuery(ENDED)
                .execute(Tuple.of(
                        question.function(),
                        question.reason(),
                        names.toArray(String[]::new),
                        Rows.at(question.askedAt(now))))
                .map(rows -> rows.size() > 0)
                .invoke(over -> {
                    if (over) {
                        LOG.debugf("%s need not ask any more: %s", question.function(), question);
                    }
                });
    }

    /** The new case; {@code null} if there is one. */
    private Uni<CaseRow> insert(Mutiny.Session session, Question question, Instant now) {
        UUID id = ids.next();
        return session.createMutationQuery(OPEN)
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
                .setParameter("askedAt", question.askedAt(now))
                .setParameter("state", Case.State.OPEN)
                .executeUpdate()
                .invoke(opened -> {
                    if (opened == 0) {
                        LOG.debugf("%s asked before: %s", question.function(), question);
                    }
                })
                .chain(opened -> opened == 0 ? Uni.createFrom().nullItem() : session.find(CaseRow.class, id));
    }

    /**
     * Withdraws the cases that a cause has asked about, since it has gone away; what was decided stays. What was asked
     * before and comes later makes no case. More than one transaction should change are left to the next one, which is
     * asked for over the channel.
     */
    Uni<Void> withdraw(Mutiny.Session session, Work work, Cause cause, Trace trace) {
        return inTurn(work)
                .chain(() -> remember(work, cause))
                .chain(() -> Rows.now(work.connection()))
                .chain(now -> session.createSelectionQuery(CAUSED, CaseRow.class)
                        .setParameter("function", cause.function())
                        .setParameter("reasons", cause.reasons())
                        .setParameter("subject", cause.subject())
                        .setParameter("before", forever(cause.before()))
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

    private Uni<Void> remember(Work work, Cause cause) {
        work.alongside(work.connection()
                .preparedQuery(FORGET)
                .execute(Tuple.of(config.keepEnded().toMillis())));
        return work.connection()
                .preparedQuery(REMEMBER)
                .execute(Tuple.of(
                        cause.function(),
                        cause.reasons().toArray(String[]::new),
                        cause.subject(),
                        Rows.at(forever(cause.until()))))
                .replaceWithVoid();
    }

    private static Instant forever(Instant given) {
        return given == null ? Rows.FOREVER : given;
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
                        operator(now.acknowledgedBy()),
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
                        operator(now.resolvedBy()),
                        now.note()));
    }

    /** None but operators have a say here; where the answer goes, others are named, too. */
    private static String operator(String name) {
        return new Caller(name, null, Role.OPERATOR).by();
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
