/**
 * What every command of a caller goes through, in every room.
 *
 * <p>A resource reads the call, and makes two things of it: the command, a value that its room's rules understand, and
 * {@link io.infrafabric.command.Once.Keep}, which says what is kept of the answer and under which key. It hands both to its
 * room, which hands them on to a {@link io.infrafabric.command.Pipeline} or to
 * {@link io.infrafabric.command.Commands#alone}:
 *
 * <pre>{@code
 * costs.book(cost, new Keep<>(identity.key(body), answers::toKeep))        // the resource
 * booking = commands.gathered("cost", bounds, cost -> null, this::book);   // the room, once
 * private Uni<List<Answer>> book(Work work, List<Cost> costs)              // the transaction: no key, no HTTP
 * }</pre>
 *
 * <ol>
 *   <li>Commands that are in flight at the same time are gathered ({@link io.infrafabric.bus.GroupCommit}). Two on one entity,
 *       or two uses of one key, never share a batch.
 *   <li>A batch runs in one transaction ({@link io.infrafabric.bus.Transactions}), which commits state and events together.
 *   <li>The keys are locked first. A command whose key was used before gets the answer of then, and does nothing
 *       ({@link io.infrafabric.command.Once}).
 *   <li>The room carries out the others. It answers each of them in order, with a value.
 *   <li>The answers of those that had an effect are kept, and what operators did is written into the audit log, in the same
 *       transaction.
 * </ol>
 *
 * <p>What the room does in step 4 is a method that takes the transaction, so it also serves events: they come at most once by
 * their inbox, and need no pipeline.
 */
package io.infrafabric.command;
