/**
 * Commands: the steps that each of them takes in every room, who calls, what happens when somebody asks twice, and what
 * stays on record. This package knows nothing of HTTP.
 *
 * <p>A resource turns a call into two things: the command, a value that its room's rules understand, and
 * {@link io.infrafabric.command.Once.Keep}, which says what is kept of the answer and under which key. It hands both to
 * its room, which hands them on to a {@link io.infrafabric.command.Pipeline} or to
 * {@link io.infrafabric.command.Commands#alone}:
 *
 * <pre>{@code
 * costs.book(cost, new Keep<>(identity.key(body), answers::toKeep))        // the resource
 * booking = commands.gathered("cost", bounds, cost -> null, this::book);   // the room, once
 * private Uni<List<Answer>> book(Work work, List<Cost> costs)              // the transaction: no key, no HTTP
 * }</pre>
 *
 * <ol>
 *   <li>Concurrent commands are gathered ({@link io.infrafabric.bus.GroupCommit}). Two on one entity,
 *       or two uses of one key, never share a batch.
 *   <li>A batch runs in one transaction ({@link io.infrafabric.bus.Transactions}), which commits state and events together.
 *   <li>The keys are locked first. A command whose key was used before gets the earlier answer, and does nothing
 *       ({@link io.infrafabric.command.Once}).
 *   <li>The room carries out the others. It answers each of them in order, with a value.
 *   <li>The answers of commands that had an effect are kept, and the deeds of operators go into the audit log, in the
 *       same transaction.
 * </ol>
 *
 * <p>Step 4 is a method of the room that takes the transaction, so it also serves events: the inbox delivers each at
 * most once, and they need no pipeline.
 *
 * <p><b>Who calls</b> is a {@link io.infrafabric.command.Caller} with a {@link io.infrafabric.command.Role}. Its
 * methods say what it may do; resources call them with the session or the swarm that the call is about. Where sessions
 * and operators appear side by side (in histories, as authors, in the log) a session is its id and an operator is
 * {@code operator:<name>} ({@link io.infrafabric.command.Caller#by}); no id contains a colon.
 * A session's scoped credential is the session with a {@link io.infrafabric.command.TaskScope}: the claim and the
 * {@link io.infrafabric.command.Endpoint}s that it is good for. A command that needs the task and the epoch of its caller finds
 * them there.
 *
 * <p><b>Asking twice.</b> {@link io.infrafabric.command.Idempotency} keeps the answer to a call with an {@code Idempotency-Key}
 * in the transaction of its effect. Two calls with one key exclude each other by an advisory lock that ends with the
 * transaction, so the second finds the answer of the first. If the first was refused, the second goes on.
 *
 * <p><b>What operators did</b> is in the audit log ({@link io.infrafabric.command.AuditTrail}), which only grows. A
 * call that may change something carries a {@link io.infrafabric.command.Deed}; {@code Once} writes its row in the
 * transaction of the effect. The rooms provide the state of a thing before the call
 * ({@link io.infrafabric.command.Before}).
 *
 * <p><b>How much.</b> {@link io.infrafabric.command.Quota} bounds how much of something a session or a swarm may have,
 * and {@link io.infrafabric.command.Rates} how much of it within a minute.
 */
package io.infrafabric.command;
