/**
 * The coordinator's transaction scripts: each opens a transaction (or runs inside one), locks, asks a rule, and writes
 * through tables. None of them decides anything, and none of them holds SQL.
 *
 * <p>Follow one from top to bottom to learn the shape: {@link io.infrafabric.coordinator.transaction.ClaimTransaction}
 * grants, {@link io.infrafabric.coordinator.transaction.LeaseTransaction} renews and ends,
 * {@link io.infrafabric.coordinator.transaction.SubmitTransaction} adds,
 * {@link io.infrafabric.coordinator.transaction.OperateTransaction} carries out operations of operators, by
 * {@link io.infrafabric.coordinator.transaction.OperateTogetherTransaction}, which does so for one task or many. Concurrent
 * submits, claims and ends share one commit ({@link io.infrafabric.coordinator.transaction.Commits}). Locks are taken
 * in the order of {@link io.infrafabric.bus.Locks}.
 */
package io.infrafabric.coordinator.transaction;
