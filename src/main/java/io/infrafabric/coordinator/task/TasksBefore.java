package io.infrafabric.coordinator.task;

import io.infrafabric.command.Before;
import jakarta.inject.Singleton;
import java.util.Map;

/** What the audit log shows of tasks, sessions, swarms, their keys, schedules and orders before an operator's call. */
@Singleton
class TasksBefore implements Before {
    private static final String TASK = """
            SELECT jsonb_strip_nulls(jsonb_build_object('id', t.id, 'swarm', t.swarm, 'title', t.title, 'state', t.state,
              'priority', 'P' || t.priority, 'assignee', t.assignee, 'estimatedCost', t.estimated_cost, 'holder', t.holder,
              'epoch', t.epoch, 'attempts', t.attempts, 'dependsOn', (SELECT jsonb_agg(d.depends_on ORDER BY d.depends_on)
                FROM coordinator_dependency d WHERE d.task = t.id), 'version', t.version))::text
            FROM coordinator_task t WHERE t.id = $1
            """;
    private static final String SESSION = """
            SELECT jsonb_strip_nulls(jsonb_build_object('id', id, 'swarm', swarm, 'state', state, 'domains', domains,
              'tools', tools, 'provider', provider, 'model', model, 'hourlyCost', hourly_cost,
              'maxConcurrentTasks', max_tasks, 'heartbeatSeconds', heartbeat_seconds, 'version', version))::text
            FROM coordinator_session WHERE id = $1
            """;
    private static final String SWARM = """
            SELECT jsonb_strip_nulls(jsonb_build_object('id', id, 'paused', paused, 'pausedReason', paused_reason,
              'quorum', quorum, 'version', version))::text FROM coordinator_swarm WHERE id = $1
            """;

    private static final String CONCURRENCY = """
            SELECT jsonb_build_object('swarm', w.id, 'key', n.key, 'atMost', coalesce(c.at_most, 1))::text
              FROM (SELECT split_part($1, '/', 1) AS swarm, split_part($1, '/', 2) AS key) n
              JOIN coordinator_swarm w ON w.id = n.swarm
              LEFT JOIN coordinator_concurrency c ON c.swarm = n.swarm AND c.key = n.key
            """;

    private static final String FAIRNESS = """
            SELECT jsonb_build_object('swarm', w.id, 'key', n.key, 'weight', coalesce(f.weight, 1))::text
              FROM (SELECT split_part($1, '/', 1) AS swarm, split_part($1, '/', 2) AS key) n
              JOIN coordinator_swarm w ON w.id = n.swarm
              LEFT JOIN coordinator_fairness f ON f.swarm = n.swarm AND f.key = n.key
            """;

    private static final String SCHEDULE = """
            SELECT jsonb_strip_nulls(jsonb_build_object('name', name, 'swarm', swarm, 'cron', cron, 'zone', zone,
              'task', task::jsonb, 'overlap', overlap, 'missed', missed, 'paused', paused, 'version', version))::text
            FROM coordinator_schedule WHERE name = $1
            """;

    private static final String BULK = """
            SELECT jsonb_strip_nulls(jsonb_build_object('id', id, 'state', state, 'matched', matched, 'done', done,
              'passedOver', passed_over, 'refusedCount', refused))::text FROM coordinator_bulk WHERE id = $1
            """;

    @Override
    public Map<String, String> statements() {
        return Map.of(
                "coordinator/tasks", TASK,
                "coordinator/sessions", SESSION,
                "coordinator/swarms", SWARM,
                "coordinator/concurrency", CONCURRENCY,
                "coordinator/fairness", FAIRNESS,
                "coordinator/schedules", SCHEDULE,
                "coordinator/bulk", BULK);
    }
}
