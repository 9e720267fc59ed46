package io.infrafabric.coordinator.published;

import io.infrafabric.bus.Work;
import io.infrafabric.chassis.CheckInputs;
import io.infrafabric.chassis.CheckLimits;
import io.infrafabric.chassis.ModulePins;
import io.infrafabric.coordinator.claim.CheckTable;
import io.infrafabric.coordinator.claim.HandedIn;
import io.infrafabric.coordinator.task.Checker;
import io.infrafabric.coordinator.task.Task;
import io.infrafabric.coordinator.task.TaskTable;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.Json;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What the chassis asks about tasks with a checker: what a checker is run with, and which modules tasks are pinned to. No
 * coordinator runs a module.
 */
@ApplicationScoped
public class CheckedTasks implements CheckInputs, ModulePins {
    private final TaskTable tasks;
    private final Pool pool;

    CheckedTasks(TaskTable tasks, Pool pool) {
        this.tasks = tasks;
        this.pool = pool;
    }

    @Override
    public Uni<Optional<CheckInput>> of(String task, long epoch, String resultSha256) {
        HandedIn.Key asked = new HandedIn.Key(task, epoch, resultSha256);
        return CheckTable.current(pool, task)
                .chain(result -> result == null || !result.key().equals(asked)
                        ? Uni.createFrom().item(Optional.empty())
                        : tasks.show(pool, task).map(now -> input(now, result)));
    }

    /** The claim may have ended between the two looks. */
    private static Optional<CheckInput> input(Task task, HandedIn result) {
        Checker checker = task.specification().check();
        return result.awaits(task)
                ? Optional.of(new CheckInput(
                        checker.module(),
                        checker.sha256(),
                        stdin(task, result).getBytes(StandardCharsets.UTF_8),
                        result.clock(),
                        checker.limits() == null ? CheckLimits.NONE : checker.limits()))
                : Optional.empty();
    }

    /**
     * {@code {task {id, title, payload}, result, session, epoch, attempt}}: payload and result as they were sent. The same
     * result gives the same bytes, so a verdict can be repeated.
     */
    static String stdin(Task task, HandedIn result) {
        String payload = task.specification().payload();
        return "{\"task\":{\"id\":" + Json.encode(task.id()) + ",\"title\":"
                + Json.encode(task.specification().title()) + ",\"payload\":" + (payload == null ? "null" : payload)
                + "},\"result\":" + (result.result() == null ? "null" : result.result()) + ",\"session\":"
                + Json.encode(task.holder()) + ",\"epoch\":" + result.epoch() + ",\"attempt\":"
                + (task.progress().attempts() + 1) + "}";
    }

    @Override
    public Uni<Boolean> pinned(Work work, String module, String sha256) {
        return CheckTable.pinned(work, module, sha256);
    }
}
