/**
 * Tasks: what they are, how they are added, and how they change other than by a claim.
 *
 * <p>Start with {@link io.infrafabric.coordinator.task.Task}, the record that every rule decides upon. {@link
 * io.infrafabric.coordinator.task.Submission} is the rule of adding tasks, {@link io.infrafabric.coordinator.task.Change} the
 * rule of every later step. {@link io.infrafabric.coordinator.task.TaskTable} reads tasks, gives out the proof that their
 * rows are under lock, and writes decided changes with their history and events. {@link
 * io.infrafabric.coordinator.task.TaskRow} names the columns once, so a new field of a task begins there.
 *
 * <p>Tables of one concern stand beside them: what depends on what ({@link
 * io.infrafabric.coordinator.task.DependencyTable}), whose tasks are whose ({@link
 * io.infrafabric.coordinator.task.AssignmentTable}), claims that tasks rest on ({@link
 * io.infrafabric.coordinator.task.BasisTable}), bounds on what waits ({@link
 * io.infrafabric.coordinator.task.QuotaTable}), and tasks that hang on a dependency that will never be done ({@link
 * io.infrafabric.coordinator.task.StrandedTable}).
 */
package io.infrafabric.coordinator.task;
