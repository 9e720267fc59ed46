package io.infrafabric.budget;

import io.infrafabric.budget.SilenceTable.Silence;
import io.infrafabric.bus.Work;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.CauseEnded;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Agents that work and whose costs nobody sees. A hook before or after a tool shows that a model was called; if no cost is seen from
 * then on for {@link BudgetConfig#costsUnknownAfter()}, what the session spends is not known, and its limit stops nothing. The
 * session's state says so until a cost is seen, and a human is told once for each enrolment; the next cost withdraws that.
 *
 * <p>A cost is a single one, from whatever source, booked or only shown. A completion's total is none: it may be an estimate. A
 * hook within {@link BudgetConfig#costSlack()} after a cost says nothing new, so a tool that runs for an hour is no silence.
 */
@ApplicationScoped
public class UnknownCosts {
    /** The reason of the case. */
    static final String REASON = "COSTS_UNKNOWN";

    /** The only answer: a human knows it. */
    private static final String NOTED = "NOTED";

    private final Pool pool;
    private final BudgetConfig config;

    UnknownCosts(Pool pool, BudgetConfig config) {
        this.pool = pool;
        this.config = config;
    }

    /** A hook of the session, by which its agent has called a model. */
    public Uni<Void> hooked(String session, long enrolment) {
        return SilenceTable.hooked(
                pool, Purses.accountOf(session), enrolment, config.costsUnknownAfter(), config.costSlack());
    }

    /**
     * Since when the costs of sessions are not known; omits those whose costs are.
     *
     * @param enrolments of the sessions that are asked about
     */
    public Uni<Map<String, Instant>> since(Map<String, Long> enrolments) {
        List<String> sessions = List.copyOf(enrolments.keySet());
        return SilenceTable.silent(
                        pool,
                        sessions.stream().map(Purses::accountOf).toList(),
                        sessions.stream().map(enrolments::get).toList(),
                        config.costsUnknownAfter(),
                        config.costSlack())
                .map(silent -> {
                    Map<String, Instant> since = new HashMap<>();
                    silent.forEach((account, at) -> since.put(Purses.sessionOf(account), at));
                    return since;
                });
    }

    /** The time of a look has come: tells a human, unless a cost was seen. */
    Uni<Void> look(Work work, String account) {
        return SilenceTable.tell(work, account, config.costsUnknownAfter(), config.costSlack())
                .invoke(silence -> {
                    if (silence != null) {
                        work.emit(question(silence), Trace.NONE);
                    }
                })
                .replaceWithVoid();
    }

    /** Costs of these accounts are seen, booked or shown: what a human was asked about them needs no answer any more. */
    static Uni<Void> seen(Work work, Collection<String> accounts) {
        return SilenceTable.seen(work, accounts)
                .invoke(asked -> asked.forEach((account, now) -> work.emit(
                        new CauseEnded("budget", "account:" + account, null, REASON, "A cost is seen.", now),
                        Trace.NONE)))
                .replaceWithVoid();
    }

    private static CaseRequested question(Silence silence) {
        return new CaseRequested(
                "budget",
                "account:" + silence.account(),
                swarm(silence.path()),
                REASON,
                Severity.LOW,
                "Hooks of " + Purses.sessionOf(silence.account()) + " are seen since "
                        + silence.since().truncatedTo(ChronoUnit.SECONDS)
                        + ", and no cost: what it spends is not known, and its limit stops nothing. Start its client with s2 run, "
                        + "which has it export its costs, or let it call its provider through bulkhead.",
                List.of(NOTED),
                List.of("account:" + silence.account()),
                Long.toString(silence.enrolment()),
                silence.now());
    }

    private static String swarm(List<String> path) {
        return path.stream()
                .filter(id -> id.startsWith("swarm:"))
                .map(id -> id.substring("swarm:".length()))
                .findFirst()
                .orElse(null);
    }
}
