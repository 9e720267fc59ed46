/**
 * Tasks: what they are, how they are added, and how they change apart from claims.
 *
 * <p>Start with {@link io.infrafabric.coordinator.task.Task}, the record on which every rule decides.
 * {@link io.infrafabric.coordinator.task.Submission} is the rule of adding tasks,
 * {@link io.infrafabric.coordinator.task.Change} the rule of every later step.
 * {@link io.infrafabric.coordinator.task.TaskTable} reads tasks, gives out the proof that their rows are locked, and
 * writes decided changes with their history and events. {@link io.infrafabric.coordinator.task.TaskRow} names the
 * columns once, so a new field of a task begins there.
 *
 * <p>Tables of one concern stand beside them: dependencies ({@link io.infrafabric.coordinator.task.DependencyTable}),
 * the tasks of sessions ({@link io.infrafabric.coordinator.task.AssignmentTable}), claims that tasks rest on
 * ({@link io.infrafabric.coordinator.task.BasisTable}), quotas of waiting tasks
 * ({@link io.infrafabric.coordinator.task.QuotaTable}), tasks whose dependency will never be done
 * ({@link io.infrafabric.coordinator.task.StrandedTable}), and tasks that wait for a time or
 * end at one ({@link io.infrafabric.coordinator.task.DormantTable}).
 */
package io.infrafabric.coordinator.task;
