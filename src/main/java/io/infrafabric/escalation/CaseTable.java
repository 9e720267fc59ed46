package io.infrafabric.escalation;

import io.infrafabric.bus.Due;
import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Locks;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.event.EscalationEvent;
import io.infrafabric.event.EscalationEvent.CaseOpened;
import io.infrafabric.event.EscalationEvent.CaseWithdrawn;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.Trace;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jboss.logging.Logger;

/**
 * Opens cases for questions ({@link Asking}), and withdraws them when their cause goes away ({@link Cause}), one at a
 * time.
 */
@ApplicationScoped
class CaseTable {
    private static final Logger LOG = Logger.getLogger(CaseTable.class);

    /** The second transaction waits for the first to commit, and then does nothing: the unique key decides. */
    private static final String OPEN = "insert into CaseRow (id, function, subject, swarm, reason, severity, asked,"
            + " options, evidence, occurrence, openedAt, askedAt, state, condition, openings, pagedAt, heldUntil, deadline,"
            + " onNoAnswer, version)"
            + " values (:id, :function, :subject, :swarm, :reason, :severity, :asked, :options, :evidence, :occurrence,"
            + " :openedAt, :askedAt, :state, :condition, 1, :pagedAt, :heldUntil, :deadline,"
            + " :onNoAnswer, 0) on conflict do nothing";

    private static final String SAME = "from CaseRow c where c.function = :function and c.reason = :reason"
            + " and c.subject = :subject and (c.occurrence = :occurrence or :renews = true) order by c.openedAt desc, c.id";

    private static final String OF_CONDITION = "from CaseRow c where c.function = :function and c.reason = :reason"
            + " and c.condition = :condition and (c.pagedAt > :since or c.withdrawnAt > :since)"
            + " order by c.openedAt desc, c.id";

    private static final int MOST_LOOKED_AT = 100;
    static final String PAGE = "page:";

    /** The oldest cases of this cause that wait for a decision. */
    private static final String CAUSED = "from CaseRow c where c.function = :function and c.reason in :reasons"
            + " and (c.subject = :subject or cast(sql('? = any(?)', :subject, c.evidence) as Boolean) = true)"
            + " and c.state in (OPEN, ACKNOWLEDGED) and c.askedAt < :before order by c.openedAt, c.id";

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
     * The proof that nobody else opens or withdraws cases until the transaction has ended. Methods that do so demand
     * it; only the lock makes it.
     */
    static final class Turn {
        private Turn() {}
    }

    private final EventIds ids;
    private final DeliveryTransaction deliveries;
    private final EscalationConfig config;
    private final Due due;
    private final MeterRegistry metrics;

    CaseTable(EventIds ids, DeliveryTransaction deliveries, EscalationConfig config, Due due, MeterRegistry metrics) {
        this.config = config;
        this.due = due;
        this.metrics = metrics;
        this.ids = ids;
        this.deliveries = deliveries;
    }

    /** Opens a case for the question, unless one exists or its cause is already over. */
    Uni<Void> open(Mutiny.Session session, Work work, Question question, Trace trace) {
        return inTurn(work)
                .take()
                .chain(turn -> Rows.now(work.connection())
                        .chain(now -> isOver(work, question, now)
                                .chain(over -> over
                                        ? Uni.createFrom().voidItem()
                                        : same(session, question)
                                                .then(same -> ofCondition(session, question, same, now))
                                                .take()
                                                .chain(cases ->
                                                        ask(session, work, turn, question, cases, trace, now)))));
    }

    /** The locked cases that concern a question. */
    private record Locked(List<CaseRow> same, List<CaseRow> ofCondition) {}

    /** Decides about a question by the existing cases, while nobody else opens or withdraws any. */
    private Uni<Void> ask(
            Mutiny.Session session, Work work, Turn turn, Question question, Locked cases, Trace trace, Instant now) {
        Asking asking = Asking.decide(
                question,
                cases.same().stream().map(CaseRow::toCase).toList(),
                cases.ofCondition().stream()
                        .map(row -> new Asking.Before(row.toCase(), row.pagedAt))
                        .toList(),
                new Asking.Bounds(config.pages(), config.pagesWithin()),
                now);
        return switch (asking) {
            case Asking.Nothing _ -> Uni.createFrom().voidItem();
            case Asking.Renewed(Case renewed) -> {
                CaseRow row = row(cases.same(), renewed);
                row.become(renewed);
                // Its earlier end did not know of the present question.
                row.askedAt = question.askedAt(now);
                yield Uni.createFrom().voidItem();
            }
            case Asking.Again(Case again) -> {
                CaseRow row = row(cases.ofCondition(), again);
                row.become(again);
                row.askedAt = question.askedAt(now);
                yield hold(work, row.id, again.heldUntil());
            }
            case Asking.Fresh(Instant until) ->
                insert(session, turn, question, until, now)
                        .chain(row -> row == null
                                ? Uni.createFrom().voidItem()
                                : until == null
                                        ? tell(session, work, row.toCase(), opened(row.toCase()), trace)
                                        : hold(work, row.id, until));
        };
    }

    private static CaseRow row(List<CaseRow> rows, Case of) {
        return rows.stream()
                .filter(row -> row.id.toString().equals(of.id()))
                .findFirst()
                .orElseThrow();
    }

    private static Lock<Locks.Decisions, List<CaseRow>> same(Mutiny.Session session, Question question) {
        return Lock.of(session.createSelectionQuery(SAME, CaseRow.class)
                .setParameter("function", question.function())
                .setParameter("reason", question.reason())
                .setParameter("subject", question.subject())
                .setParameter("occurrence", question.occurrence())
                .setParameter("renews", question.repeat() == Question.Repeat.RENEW)
                .setMaxResults(MOST_LOOKED_AT)
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getResultList());
    }

    private Lock<Locks.Decisions, Locked> ofCondition(
            Mutiny.Session session, Question question, List<CaseRow> same, Instant now) {
        return Lock.of(session.createSelectionQuery(OF_CONDITION, CaseRow.class)
                .setParameter("function", question.function())
                .setParameter("reason", question.reason())
                .setParameter("condition", question.condition())
                .setParameter("since", now.minus(config.pagesWithin()))
                .setMaxResults(MOST_LOOKED_AT)
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getResultList()
                .map(rows -> new Locked(same, rows)));
    }

    /** Schedules its page, for the case that it is still open then. */
    private Uni<Void> hold(Work work, UUID id, Instant until) {
        metrics.counter("s2_escalation_held_total").increment();
        return due.at(work.connection(), "escalation", Map.of(PAGE + id, until));
    }

    /** A held case comes due: pages now, if the case is open and nobody has seen it. */
    Uni<Void> page(Mutiny.Session session, Work work, UUID id, Trace trace) {
        return Rows.now(work.connection())
                .chain(now -> session.find(CaseRow.class, id, LockModeType.PESSIMISTIC_WRITE)
                        .chain(row -> {
                            if (row == null || row.state != Case.State.OPEN || row.heldUntil == null) {
                                return Uni.createFrom().voidItem();
                            }
                            if (row.heldUntil.isAfter(now)) {
                                return due.at(work.connection(), "escalation", Map.of(PAGE + id, row.heldUntil));
                            }
                            Case paged = row.toCase().paged();
                            row.become(paged);
                            row.pagedAt = now;
                            return tell(session, work, paged, opened(paged), trace);
                        }));
    }

    /** Transactions that open cases and those that withdraw them see each other: of two at once, one is second. */
    static Lock<Locks.Turns, Turn> inTurn(Work work) {
        return Lock.inTurn(work, "escalation_case", Turn::new);
    }

    /** Whether the cause of a question went away after it was asked; then nobody needs to be asked. */
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

    /** The new case; {@code null} if one exists already. */
    Uni<CaseRow> insert(Mutiny.Session session, Turn turn, Question question, Instant heldUntil, Instant now) {
        return insert(session, turn, question, heldUntil, now, null, null);
    }

    /** The same with what is taken if nobody answers until {@code deadline}. */
    Uni<CaseRow> insert(
            Mutiny.Session session,
            Turn turn,
            Question question,
            Instant heldUntil,
            Instant now,
            Instant deadline,
            String onNoAnswer) {
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
                .setParameter("condition", question.condition())
                .setParameter("pagedAt", heldUntil == null ? now : null)
                .setParameter("heldUntil", heldUntil)
                .setParameter("deadline", deadline)
                .setParameter("onNoAnswer", onNoAnswer)
                .executeUpdate()
                .invoke(opened -> {
                    if (opened == 0) {
                        LOG.debugf("%s asked before: %s", question.function(), question);
                    }
                })
                .chain(opened -> opened == 0 ? Uni.createFrom().nullItem() : session.find(CaseRow.class, id));
    }

    /**
     * Withdraws the cases of a cause that has gone away; decided ones stay. Earlier questions that arrive later make no
     * case. If there are more cases than one transaction should change, it asks for another transaction over the
     * channel.
     */
    Uni<Void> withdraw(Mutiny.Session session, Work work, Cause cause, Trace trace) {
        return inTurn(work)
                .take()
                .chain(turn -> remember(work, turn, cause)
                        .chain(() -> Rows.now(work.connection()))
                        .chain(now -> caused(session, cause)
                                .take()
                                .chain(rows -> withdraw(session, work, cause, rows, trace, now))));
    }

    private Lock<Locks.Decisions, List<CaseRow>> caused(Mutiny.Session session, Cause cause) {
        return Lock.of(session.createSelectionQuery(CAUSED, CaseRow.class)
                .setParameter("function", cause.function())
                .setParameter("reasons", cause.reasons())
                .setParameter("subject", cause.subject())
                .setParameter("before", forever(cause.before()))
                .setMaxResults(config.withdrawBatch())
                .setLockMode(LockModeType.PESSIMISTIC_WRITE)
                .getResultList());
    }

    private Uni<Void> withdraw(
            Mutiny.Session session, Work work, Cause cause, List<CaseRow> rows, Trace trace, Instant now) {
        if (rows.size() == config.withdrawBatch()) {
            goOn(work, cause, rows.getFirst(), trace, cause.before() == null ? now : cause.before());
        }
        Uni<Void> told = Uni.createFrom().voidItem();
        for (CaseRow row : rows) {
            boolean paged = row.heldUntil == null;
            Case withdrawn = row.toCase().withdraw(cause.why(), now);
            row.become(withdrawn);
            work.emit(withdrawn(withdrawn), trace);
            // A receiver that never heard that it is open need not hear that it is not.
            if (paged) {
                told = told.chain(() -> deliveries.announce(session, work, withdrawn, withdrawn(withdrawn)));
            }
        }
        return told;
    }

    Uni<Void> remember(Work work, Turn turn, Cause cause) {
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
                now.id(),
                now.function(),
                now.subject(),
                now.swarm(),
                now.reason(),
                now.withdrawal().withdrawnBecause());
    }

    /** Emits the event, and leaves it for the webhooks. */
    Uni<Void> tell(Mutiny.Session session, Work work, Case now, EscalationEvent event, Trace trace) {
        work.emit(event, trace);
        return deliveries.announce(session, work, now, event);
    }

    static CaseOpened opened(Case now) {
        return new CaseOpened(
                now.id(),
                now.function(),
                now.subject(),
                now.swarm(),
                now.reason(),
                now.severity(),
                now.wording().asked(),
                now.wording().options(),
                now.wording().occurrence());
    }
}
