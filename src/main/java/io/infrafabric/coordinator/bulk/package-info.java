/**
 * One order of an operator for many tasks: cancel, retry, reprioritise, assign or release all that match a filter.
 *
 * <p>{@link io.infrafabric.coordinator.bulk.BulkOrder} is the rule: what is wanted of a task, if it still matches {@link
 * io.infrafabric.coordinator.bulk.BulkFilter}. {@link io.infrafabric.coordinator.bulk.BulkTransaction} starts an order and
 * carries it out, {@link io.infrafabric.coordinator.bulk.BulkTable} keeps it.
 *
 * <p>The transaction that starts an order writes down which tasks match, cut into batches. No later submit gets into it.
 * It locks none of them. Each batch is a transaction of its own, by the rules of single operations ({@link
 * io.infrafabric.coordinator.transaction.OperateTogetherTransaction}): it looks again whether each task still matches,
 * changes what may be changed, and writes down what was refused and that the next batch has its turn. The event {@code
 * bulk:<id>/<n>} in the outbox of that same transaction calls for batch {@code n}; any process may take it. It acts only
 * if the order is running and {@code n} is the batch whose turn it is, so a repeated or late event changes nothing, and a
 * process that dies leaves an event that others get.
 *
 * <p>Somebody may claim a task of a batch before the batch has locked it. Its holder is then not under lock, so the task
 * goes into one more batch at the end. To stop an order takes its row: a batch under way ends first, and no other begins.
 *
 * <p>A cascade that is too long for one transaction is such an order, too ({@link
 * io.infrafabric.coordinator.transaction.CascadeTransaction}). Its filter says whom its tasks waited for. No human is asked
 * about tasks that wait for what it cancels before it has ended.
 *
 * <p>The audit log has the start and the stop as calls, and the end as {@code END /coordinator/tasks/bulk/<id>} in the
 * name of the one who started it.
 */
package io.infrafabric.coordinator.bulk;
