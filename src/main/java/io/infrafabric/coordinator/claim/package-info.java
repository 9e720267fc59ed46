/**
 * Claims: which session gets which task, where a claim waits, and how a claim ends.
 *
 * <p>{@link io.infrafabric.coordinator.claim.Claiming} is the rule: it decides on a batch of claims from what was read,
 * and touches no database. {@link io.infrafabric.coordinator.claim.QueueTable} reads the queues and locks what may be
 * granted, {@link io.infrafabric.coordinator.claim.FrontTable} keeps that cheap beside an old snapshot, {@link
 * io.infrafabric.coordinator.claim.GrantTable} writes what was granted,
 * {@link io.infrafabric.coordinator.claim.LeaseTable} renews it, and
 * {@link io.infrafabric.coordinator.claim.PickupTable} adds and grants in one statement if there is nothing to decide.
 * {@link io.infrafabric.coordinator.claim.WaitingRoom} is where claims wait that found nothing; {@link
 * io.infrafabric.coordinator.claim.Waking} says which of them look when something may have come.
 * {@link io.infrafabric.coordinator.claim.Ending} is the rule of completing, failing, releasing and losing a lease.
 * {@link io.infrafabric.coordinator.claim.Checking} says what becomes of a result that a checker must accept, and {@link
 * io.infrafabric.coordinator.claim.CheckTable} keeps it until then.
 * {@link io.infrafabric.coordinator.claim.WhyNot} says why a task is not held, by the same predicates.
 *
 * <p>The statement that finds a task {@code QUEUED} gets it; no lock in memory takes part.
 */
package io.infrafabric.coordinator.claim;
