/**
 * What other functions may call in the coordinator. Each type is a question or a step that another function needs,
 * under a name from the domain: {@link io.infrafabric.coordinator.published.Electorate} tells consensus who may vote,
 * {@link io.infrafabric.coordinator.published.Capabilities} tells rescue who can help,
 * {@link io.infrafabric.coordinator.published.Holdings} tells deadlock what sessions hold and takes it away,
 * {@link io.infrafabric.coordinator.published.Handovers} moves a task from one queue to another for stealing,
 * {@link io.infrafabric.coordinator.published.CheckedTasks} tells the chassis what a checker is run with, and
 * {@link io.infrafabric.coordinator.published.OtherQueues} is what the coordinator asks stealing in return.
 * {@link io.infrafabric.coordinator.published.Presence} turns every call of a session, at whichever function, into a
 * heartbeat.
 *
 * <p>Most of them hold SQL of their own, like tables, and run in the caller's transaction; those that need one of their
 * own use a transaction script. Their names come from the domain, because callers must not know the tables.
 *
 * <p>{@code ArchitectureTest} lists who may use which. Everything else in the coordinator is its own.
 */
package io.infrafabric.coordinator.published;
