/**
 * The coordinator (seed P1, IF.coordinator): swarms, sessions, tasks, claims with leases, and inboxes. It is what
 * replaces polling a git branch.
 *
 * <h2>A task</h2>
 *
 * <pre>
 *               last dependency done            claim                     complete
 *   WAITING ----------------------------> QUEUED -----> CLAIMED --------------------------> DONE
 *                                           ^             |
 *                                           +-------------+   fail, lease ran out, session lost (attempt counts);
 *                                           |             |   release, taken back (it does not)
 *                    operator: retry        |             |
 *                         DEAD -------------+             +--> DEAD        the last attempt is used up
 *                         CANCELLED --------+             +--> CANCELLED   an operator's word
 * </pre>
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>A task has at most one holder. Of all who want it, the one whose statement finds it {@code QUEUED} has it
 *       ({@link io.infrafabric.coordinator.transaction.ClaimTransaction}); nothing in memory takes part in the decision.
 *   <li>The epoch grows with every grant, and with every end that the holder did not ask for. Whoever speaks of a task
 *       under another epoch is refused, so a session that was thought dead cannot undo what came after it.
 *   <li>What a session gives back rests for it a little while: others may have it at once, and it gets all else first. It may
 *       have it by name. Whoever was given it and had gone by then gave nothing back ({@link
 *       io.infrafabric.door.answer.Delivery}).
 *   <li>Who claims again what it holds goes on under a new epoch, with the same hold. A task that is claimed again and
 *       again by its holder and never ended uses up its attempts, since it may be what kills it.
 *   <li>What is in another swarm is to sessions, and to operators of this one, as what does not exist; only that an id is
 *       taken is told.
 *   <li>A swarm, and each session in it, has a bound on tasks that wait and on what is submitted in a minute
 *       ({@link io.infrafabric.coordinator.task.QuotaTable}); a session's is well below its swarm's.
 *   <li>A task is completed at most once, and every step is in its history, in the same transaction.
 *   <li>A dependant becomes {@code QUEUED} in the transaction that completes its last open dependency. The count of open
 *       dependencies is changed under the dependant's row lock, so of two last ones exactly one opens it.
 *   <li>A claim of the evidence graph that is disputed counts among the open dependencies of the tasks that rest on it
 *       ({@link io.infrafabric.coordinator.task.BasisTable}): what is queued waits, what is claimed goes on and its holder is
 *       told, what comes back waits. The end of the dispute opens it as a completion does. So many tasks in one
 *       transaction, and a due row for the rest.
 *   <li>A lease and its hold are one: granted, carried on and ended in the same transaction
 *       ({@link io.infrafabric.budget.ClaimHolds}). What a session cannot pay is passed over and stays queued for one that
 *       can; 402 tells that money alone stood in the way, and it is told at once, also to who would wait. A task without an
 *       estimate has a hold of nothing, so that costs that are reported for it belong to its claim.
 *   <li>What a session is told is a row in its inbox, numbered under the session's row lock: a reader that has seen
 *       number n has seen all below it.
 * </ul>
 *
 * <h2>Sessions and their enrolments</h2>
 *
 * An id is a name that may be used again; a session is the id and its enrolment, a number that grows with each enrolment
 * after leaving. Tokens and the events of a session carry it. A session that is lost and comes back is of the same
 * enrolment. Leaving ends the enrolment, in one transaction ({@link io.infrafabric.coordinator.transaction.DepartureTransaction}); what has the
 * id only means:
 *
 * <ul>
 *   <li><b>Tokens</b> end: refused at once where the call to leave came in, within 5 s elsewhere. A claim that waits is told
 *       that the session has left, and one that is of an earlier enrolment gets nothing, however late it comes.
 *   <li><b>Leases</b> are released, and their holds given back, as is all that was set aside on the session's account.
 *   <li><b>Assignments</b> end, of tasks in every state but {@code DONE}. Whoever assigns a task locks its assignee first, so
 *       that an assignment is always of the enrolment that is. A claim takes nothing from another swarm, whatever it says.
 *       Silence ends the assignments of what is open, in its transaction, too.
 *   <li><b>The inbox</b> is emptied, and nothing is told to who has left.
 *   <li><b>The account</b> stays the id's: what was spent today counts in the next enrolment, in whichever swarm.
 *   <li><b>Outcomes</b> stay the id's: they say how well whoever bears it works, not where.
 *   <li><b>Histories</b>, claims of the evidence graph, costs and memos name the id that acted, and stay.
 *   <li><b>Votes</b> that were cast stand. An electorate names ids of its swarm: who has left is missing from it, who is in
 *       another swarm counts as left, and who comes back to it votes again.
 *   <li><b>Blockers</b> that it raised are withdrawn, and it helps with none any more; those that it raised in a later
 *       enrolment stay, when word of leaving comes after it.
 *   <li><b>Waits</b>: who waits for it waits no longer. Its own end unless it is live again by then; what it then says it
 *       waits for replaces them.
 *   <li><b>Kept answers</b> ({@code Idempotency-Key}) belong to the enrolment: another one is not answered with them.
 * </ul>
 *
 * <h2>How it is built</h2>
 *
 * Rules are plain Java: {@link io.infrafabric.coordinator.task.Submission} (may these tasks be added),
 * {@link io.infrafabric.coordinator.claim.Claiming} (who gets which), {@link io.infrafabric.coordinator.claim.Ending} and
 * {@code Change} (how claims end), {@link io.infrafabric.coordinator.session.Match} (how well a session fits),
 * {@link io.infrafabric.coordinator.session.Enrolment}. A transaction script loads, asks a rule, and writes;
 * submits, claims and ends that are in flight at the same time share one ({@link io.infrafabric.bus.GroupCommit}). Locks
 * are taken in the order of {@link io.infrafabric.bus.Locks}; outcomes (what {@code recentSuccess} is worked out from) are
 * written last of all, in the transaction of the change that they are about. Resources
 * are thin, and {@link io.infrafabric.coordinator.CoordinatorFunction} is what happens when the channel says something.
 * Where a human has to decide (a dependency that can no longer be done), escalation asks, and {@code Resolution} says what
 * the answer means here.
 *
 * <h2>Waiting without polling</h2>
 *
 * A claim that finds nothing waits in {@code WaitingRoom}: a place in a line, no thread. A commit that queues a task
 * rings a bell in every process; the first in line claims again. Where somebody waits in the process in which a task is
 * submitted, the task is given to it in the transaction of the submit ({@code WaitingRoom.lend}): where there is nothing to
 * decide, by the one statement that adds it ({@link io.infrafabric.coordinator.claim.PickupTable}). A bell may be lost, so
 * the room also looks by itself every few seconds. A process that is to end sends everybody away first, with "nothing yet":
 * they ask another one. A claim in a paused swarm waits, too, until it is resumed. Where all there is rests for the one that
 * was woken, the next one in line is. Leases and silence are due rows ({@link io.infrafabric.bus.Due}), never timers in memory.
 *
 * <h2>Money</h2>
 *
 * A claim is decided by {@code Claiming} on what the sessions of its batch can pay, as it stands under lock
 * ({@link io.infrafabric.budget.Purses}); they may share accounts, so each decision hands on what it leaves. Money that is
 * not needed costs no wait: accounts are locked and holds are read along with what is read anyway, and holds are written
 * along with what is written anyway. A session whose breaker is open gets nothing; it is told, and after five minutes what
 * was queued for it alone is for everybody again ({@code StoppedTransaction}). A call that comes too late still has its cost
 * booked, once for each epoch that the caller had.
 *
 * <h2>On failure</h2>
 *
 * A crashed process loses nothing that was answered: other processes go on, leases run out by the database's clock, and
 * the lost heartbeats of at most one flush are repeated by the next calls. While PostgreSQL is away calls get 503 and
 * deadlines stand still; while Redis is away work is found by looking again.
 */
package io.infrafabric.coordinator;
