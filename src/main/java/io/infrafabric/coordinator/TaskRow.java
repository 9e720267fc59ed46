package io.infrafabric.coordinator;

import io.infrafabric.bus.Rows;
import io.infrafabric.coordinator.Task.State;
import io.infrafabric.coordinator.Task.Step;
import io.infrafabric.door.Check;
import io.vertx.mutiny.sqlclient.Row;
import java.math.BigDecimal;
import java.util.List;

/** How rows of the coordinator's tables become tasks and steps. */
final class TaskRow {
    static final String COLUMNS = " t.id, t.seq, t.swarm, t.title, t.domains, t.tools, t.priority, t.estimated_cost,"
            + " t.assignee, t.payload, t.max_attempts, t.trace_token, t.submitted_by, t.body_hash, t.created_at, t.state,"
            + " t.open_deps, t.not_before, t.attempts, t.epoch, t.holder, t.lease_until, t.result, t.error, t.cost,"
            + " t.version, t.changed_at, t.reclaims ";

    /** SQL: what is claimed first comes first. */
    static final String CLAIMING_ORDER = "ORDER BY q.priority, q.seq";

    /** SQL, conditions on a column that is named right before. */
    static final String HOPELESS = Rows.in(State.values(), State::isHopeless);

    static final String PENDING = Rows.in(State.values(), State::isPending);

    private TaskRow() {}

    /** SQL, a condition: the task may be claimed now, by whomever it is for. */
    static String claimable(String task) {
        return "%1$s.state = '%2$s' AND %1$s.not_before <= now()".formatted(task, State.QUEUED);
    }

    /** SQL, a condition: the task may be claimed now by any session of this swarm. */
    static String claimableInSwarm(String task, String swarm) {
        return "%1$s.swarm = %2$s AND %1$s.assignee IS NULL AND ".formatted(task, swarm) + claimable(task);
    }

    /** SQL, a condition: the task may be claimed now by this session of this swarm, and by no other. */
    static String claimableAlone(String task, String session, String swarm) {
        return "%1$s.assignee = %2$s AND %1$s.swarm = %3$s AND ".formatted(task, session, swarm) + claimable(task);
    }

    /** SQL, a condition: the session has the lease. */
    static String heldBy(String task, String session) {
        return "%s.holder = %s AND %s.state = '%s'".formatted(task, session, task, State.CLAIMED);
    }

    /** SQL: how many leases the session has. */
    static String leases(String session) {
        return "(SELECT count(*) FROM coordinator_task t WHERE " + heldBy("t", session) + ")";
    }

    /** Money as it was given, without the zeros that the database fills up with. */
    static BigDecimal money(Row row, String column) {
        BigDecimal money = row.getBigDecimal(column);
        return money == null ? null : Check.money(column, money);
    }

    static Step step(Row row) {
        return new Step(
                row.getLong("version"),
                row.getString("what"),
                row.getString("by"),
                row.getString("session"),
                State.valueOf(row.getString("state")),
                row.getLong("epoch"),
                row.getInteger("attempts"),
                row.getString("note"),
                Rows.instant(row, "not_before"),
                Rows.instant(row, "at"));
    }

    static Task task(Row row) {
        return new Task(
                row.getString("id"),
                row.getString("swarm"),
                row.getString("title"),
                List.of(row.getArrayOfStrings("domains")),
                List.of(row.getArrayOfStrings("tools")),
                Priority.of(row.getInteger("priority")),
                money(row, "estimated_cost"),
                row.getString("assignee"),
                row.getString("payload"),
                row.getInteger("max_attempts"),
                row.getString("trace_token"),
                row.getString("submitted_by"),
                Rows.instant(row, "created_at"),
                State.valueOf(row.getString("state")),
                null,
                null,
                null,
                Rows.instant(row, "not_before"),
                row.getInteger("attempts"),
                row.getLong("epoch"),
                row.getString("holder"),
                Rows.instant(row, "lease_until"),
                row.getString("result"),
                row.getString("error"),
                money(row, "cost"),
                row.getLong("version"),
                Rows.instant(row, "changed_at"),
                null,
                row.getInteger("open_deps"),
                row.getLong("seq"),
                row.getString("body_hash"),
                row.getInteger("reclaims"));
    }
}
