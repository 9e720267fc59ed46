package io.infrafabric.coordinator.transaction;

import io.infrafabric.budget.ClaimHolds;
import io.infrafabric.bus.Work;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.claim.CheckTable;
import io.infrafabric.coordinator.claim.Checking;
import io.infrafabric.coordinator.claim.HandedIn;
import io.infrafabric.coordinator.claim.HandedIn.Outcome;
import io.infrafabric.coordinator.claim.LeaseTable;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Notice;
import io.infrafabric.coordinator.session.SessionTable;
import io.infrafabric.coordinator.task.Change;
import io.infrafabric.coordinator.task.Checker;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskTable;
import io.infrafabric.coordinator.transaction.Resolution.Ruling;
import io.infrafabric.event.ChassisEvent;
import io.infrafabric.event.ChassisEvent.CheckJudged;
import io.infrafabric.event.EscalationEvent.CaseRequested;
import io.infrafabric.event.EscalationEvent.Severity;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jboss.logging.Logger;

/**
 * Carries out what becomes of results that were handed in for tasks with a checker ({@link Checking}): by the verdict, by a
 * human if there is none, or because nobody answered. A verdict about a claim that does not wait for it changes nothing.
 */
@ApplicationScoped
public class CheckTransaction {
    private static final Logger LOG = Logger.getLogger(CheckTransaction.class);

    private static final String NO_ANSWER = "NO_ANSWER";
    private static final int SHOWN = 500;

    private final TaskTable tasks;
    private final SessionTable sessions;
    private final ClaimHolds holds;
    private final LeaseTable leases;
    private final CheckTable checks;
    private final SessionInbox inboxes;
    private final CoordinatorConfig config;

    CheckTransaction(
            TaskTable tasks,
            SessionTable sessions,
            ClaimHolds holds,
            LeaseTable leases,
            CheckTable checks,
            SessionInbox inboxes,
            CoordinatorConfig config) {
        this.tasks = tasks;
        this.sessions = sessions;
        this.holds = holds;
        this.leases = leases;
        this.checks = checks;
        this.inboxes = inboxes;
        this.config = config;
    }

    /**
     * A ruling on a result: its author, the words for the holder, and the verdict.
     *
     * @param by a caller's subject; {@code null} for the checker
     * @param said words for the holder, {@code null} for none
     * @param verdict JSON; {@code null} if nobody answered
     */
    private record Word(String by, String said, String verdict) {
        private String by(Task task) {
            return by == null ? task.holder() : by;
        }
    }

    /** A checker has a verdict, or was stopped. */
    public Uni<Void> judged(Work work, CheckJudged judged) {
        HandedIn.Key key = new HandedIn.Key(judged.task(), judged.epoch(), judged.resultSha256());
        return underLock(work, judged.task(), (locked, current) -> {
            if (!current.key().equals(key) || !current.awaitsVerdict()) {
                return Uni.createFrom().voidItem();
            }
            ChassisEvent.Verdict verdict = judged.verdict();
            Word word = new Word(null, judged.said(), json(verdict));
            return CheckTable.refused(work, key.task(), key.epoch())
                    .map(refused -> Checking.of(verdict.exitCode(), verdict.broken(), refused))
                    .chain(outcome -> apply(work, locked, current, outcome, word));
        });
    }

    /** A verdict is due: unless there is one, a human decides. */
    public Uni<Void> unanswered(Work work, String task) {
        return underLock(work, task, (locked, current) -> {
            if (current.outcome() != null) {
                return Uni.createFrom().voidItem();
            }
            Instant until = checks.patience(current);
            return until.isAfter(locked.now())
                    ? checks.expect(work, task, until)
                    : apply(work, locked, current, new Checking.Ask(NO_ANSWER), new Word(null, null, null));
        });
    }

    /** A human has decided about a result that the checker had no verdict on. */
    Uni<Void> ruled(Work work, Resolution.Rule rule) {
        return underLock(work, rule.result().task(), (locked, current) -> {
            if (!current.key().equals(rule.result()) || current.outcome() != Outcome.BROKEN) {
                return tooLate(rule);
            }
            Word word = new Word(rule.by(), rule.reason(), current.verdict());
            return switch (rule.ruling()) {
                case ACCEPT -> apply(work, locked, current, new Checking.Accept(), word);
                case REFUSE ->
                    CheckTable.refused(work, current.task(), current.epoch())
                            .chain(refused -> apply(work, locked, current, Checking.refuse(refused), word));
                case RETRY -> checks.again(work, locked, current.key());
            };
        });
    }

    private static Uni<Void> tooLate(Resolution.Rule rule) {
        LOG.infof("%s of %s by %s came too late", rule.ruling(), rule.result(), rule.by());
        return Uni.createFrom().voidItem();
    }

    /**
     * Locks the holder, its accounts and the task, and goes on if a result of the task has no verdict that stands. If the
     * holder has changed, the claim is over, and with it the check.
     */
    private Uni<Void> underLock(Work work, String id, BiFunction<TaskTable.Locked, HandedIn, Uni<Void>> then) {
        return LeaseTable.holders(work, List.of(id))
                .chain(holders -> sessions.lock(work, holders)
                        .then(() -> holds.lock(work, holders))
                        .then(() -> tasks.lock(work, List.of(id)))
                        .take()
                        .chain(locked -> CheckTable.current(work.connection(), id)
                                .chain(current -> current != null
                                                && holders.contains(
                                                        locked.tasks().get(id).holder())
                                        ? then.apply(locked, current)
                                        : Uni.createFrom().voidItem())));
    }

    private Uni<Void> apply(Work work, TaskTable.Locked locked, HandedIn current, Checking outcome, Word word) {
        Task task = locked.tasks().get(current.task());
        return switch (outcome) {
            case Checking.Accept _ -> {
                CheckTable.judge(
                        work, current.key(), Outcome.ACCEPTED, current.refusals(), word.said(), word.verdict());
                Change done = Change.completed(task, current.result(), current.cost(), locked.now());
                String note = word.by() == null ? word.verdict() : word.said();
                yield change(
                        work, locked, current, new Change(task, done.after(), done.what(), word.by(task), note), word);
            }
            case Checking.Refuse(int refusals, boolean last) -> {
                CheckTable.judge(work, current.key(), Outcome.REFUSED, refusals, word.said(), word.verdict());
                yield (last ? fail(work, locked, current, word) : goOn(work, locked, current, word))
                        .chain(() -> inboxes.tell(work, List.of(notice(task, current, refusals, word))));
            }
            case Checking.Ask(String why) -> {
                CheckTable.judge(work, current.key(), Outcome.BROKEN, current.refusals(), word.said(), word.verdict());
                work.emit(question(task, current, why, word, locked.now()), new Trace(null, task.traceToken()));
                // The waiting call returns: a human may take a while.
                work.ring(TaskTable.CHECK + task.id());
                yield Uni.createFrom().voidItem();
            }
        };
    }

    private Uni<Void> goOn(Work work, TaskTable.Locked locked, HandedIn current, Word word) {
        Task task = locked.tasks().get(current.task());
        Instant until = locked.now().plus(config.lease());
        Change change =
                Change.refused(task, word.by() == null ? "fabric" : word.by(), words(word), until, locked.now());
        return change(work, locked, current, change, word).chain(() -> leases.expect(work, Map.of(task.id(), until)));
    }

    private Uni<Void> fail(Work work, TaskTable.Locked locked, HandedIn current, Word word) {
        Task task = locked.tasks().get(current.task());
        String error = Checking.LAST_REFUSAL + " results were refused. The last one: " + words(word);
        Change change = Change.notAccepted(
                task, word.by() == null ? "fabric" : word.by(), error, current.cost(), locked.now(), tasks.backoff());
        return change(work, locked, current, change, word);
    }

    /** Writes the change, and withdraws the question to a human if it is the checker who has answered after all. */
    private Uni<Void> change(Work work, TaskTable.Locked locked, HandedIn current, Change change, Word word) {
        if (current.outcome() == Outcome.BROKEN && word.by() == null) {
            work.emit(
                    change.checkOver("The checker has answered."),
                    new Trace(null, change.before().traceToken()));
        }
        return tasks.apply(work, locked, List.of(change));
    }

    private static String words(Word word) {
        return word.said() == null || word.said().isBlank() ? "The checker said nothing." : word.said();
    }

    private static Notice notice(Task task, HandedIn result, int refusals, Word word) {
        return new Notice(
                "checkRefused",
                task.holder(),
                "task:" + task.id(),
                new JsonObject()
                        .put("epoch", result.epoch())
                        .put("said", word.said())
                        .put("refusals", refusals)
                        .put("left", Math.max(0, Checking.LAST_REFUSAL - refusals))
                        .put("resultSha256", result.hash())
                        .encode());
    }

    private static CaseRequested question(Task task, HandedIn result, String why, Word word, Instant now) {
        Checker checker = task.specification().check();
        String said = word.said() == null ? "" : word.said();
        return new CaseRequested(
                "coordinator",
                "task:" + task.id(),
                task.swarm(),
                Change.CHECK_BROKEN,
                Severity.MEDIUM,
                "The checker " + checker.module() + " has no verdict on the result that " + task.holder()
                        + " handed in for task " + task.id() + ": " + why
                        + ". ACCEPT makes the task done, REFUSE gives it back to its holder, RETRY runs the checker again.",
                List.of(Ruling.ACCEPT.name(), Ruling.REFUSE.name(), Ruling.RETRY.name()),
                List.of(
                        Resolution.evidence(result.key()),
                        "module: " + checker.module() + " " + checker.sha256(),
                        "why: " + why,
                        "said: " + said.substring(0, Math.min(SHOWN, said.length()))),
                result.epoch() + ":" + result.hash().substring(0, 16) + ":" + result.asked(),
                now);
    }

    private static String json(ChassisEvent.Verdict verdict) {
        JsonObject json = new JsonObject()
                .put("module", verdict.module())
                .put("sha256", verdict.sha256())
                .put("inputSha256", verdict.inputSha256())
                .put("clock", verdict.clock() == null ? null : verdict.clock().toString())
                .put("exitCode", verdict.exitCode())
                .put("fuel", verdict.fuel());
        return (verdict.broken() == null ? json : json.put("broken", verdict.broken())).encode();
    }
}
