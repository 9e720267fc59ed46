/**
 * What other functions may call in the coordinator. Each type is a question or a step that another function needs,
 * under a name from the domain: {@link io.infrafabric.coordinator.published.Electorate} tells consensus who may vote,
 * {@link io.infrafabric.coordinator.published.Capabilities} tells rescue who can help,
 * {@link io.infrafabric.coordinator.published.Holdings} tells deadlock what sessions hold and takes it away,
 * {@link io.infrafabric.coordinator.published.Handovers} moves a task from one queue to another for stealing, and
 * {@link io.infrafabric.coordinator.published.OtherQueues} is what the coordinator asks stealing in return.
 * {@link io.infrafabric.coordinator.published.Presence} turns every call of a session, at whichever function, into a
 * heartbeat.
 *
 * <p>Most of them hold SQL of their own, like tables, and take the transaction of whoever calls them; what needs one of
 * its own goes through a transaction script. Their names are from the domain, since callers are not to know the tables.
 *
 * <p>{@code ArchitectureTest} lists who may use which. Everything else in the coordinator is its own.
 */
package io.infrafabric.coordinator.published;
