package io.infrafabric.coordinator.transaction;

import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorAnswers;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.transaction.OperateTransaction.Outcome;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Carries out what operators decided about the coordinator's cases ({@link Resolution}), and notifies the session that
 * a case was about.
 */
@ApplicationScoped
public class TaskRulingTransaction {
    private static final Logger LOG = Logger.getLogger(TaskRulingTransaction.class);

    private final OperateTransaction operations;
    private final CheckTransaction checks;
    private final SessionInbox inboxes;

    TaskRulingTransaction(OperateTransaction operations, CheckTransaction checks, SessionInbox inboxes) {
        this.operations = operations;
        this.checks = checks;
        this.inboxes = inboxes;
    }

    /**
     * Carries out a decision, in the transaction of the inbox. Things may have changed since the case was opened (the
     * task is done, or was retried by hand); then there is nothing left to do, and nothing is wrong.
     */
    public Uni<Void> resolved(Work work, CaseResolved resolved) {
        return tell(work, resolved).chain(() -> switch (Resolution.of(resolved)) {
            case Resolution.Act(Operation operation) -> act(work, resolved, operation);
            case Resolution.Rule rule -> checks.ruled(work, rule);
            case Resolution.Nothing _ -> Uni.createFrom().voidItem();
        });
    }

    private Uni<Void> act(Work work, CaseResolved resolved, Operation operation) {
        return operations
                .operate(work, operation)
                .invoke(outcome -> {
                    if (!(outcome instanceof Outcome.Done)) {
                        LOG.infof(
                                "Case %s: %s by %s came too late: %s",
                                resolved.caseId(),
                                resolved.option(),
                                resolved.by(),
                                CoordinatorAnswers.refusal(outcome).getMessage());
                    }
                })
                .replaceWithVoid();
    }

    private Uni<Void> tell(Work work, CaseResolved resolved) {
        return Resolution.concerned(resolved)
                .map(session -> inboxes.tell(
                        work,
                        List.of(new Notice("caseResolved", session, "case:" + resolved.caseId(), data(resolved)))))
                .orElseGet(() -> Uni.createFrom().voidItem());
    }

    private static String data(CaseResolved resolved) {
        JsonObject parameters = new JsonObject();
        if (resolved.parameters() != null) {
            resolved.parameters().forEach(parameters::put);
        }
        return new JsonObject()
                .put("function", resolved.function())
                .put("subject", resolved.subject())
                .put("reason", resolved.reason())
                .put("option", resolved.option())
                .put("parameters", parameters)
                .put("by", resolved.by())
                .put("note", resolved.note())
                .put("asked", resolved.asked())
                .encode();
    }
}
