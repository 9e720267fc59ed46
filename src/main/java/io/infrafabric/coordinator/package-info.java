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
 *
 *   with a checker:   CLAIMED -- complete --> CHECKING -- accepted --> DONE
 *                        ^                        |
 *                        +------- refused --------+      the fifth refusal fails the attempt
 * </pre>
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>A task has at most one holder. Of all claimants, the one whose statement finds it {@code QUEUED} gets it
 *       ({@link io.infrafabric.coordinator.transaction.ClaimTransaction}); nothing in memory takes part in the
 *       decision.
 *   <li>The epoch grows with every grant, and with every end that the holder did not ask for. A call with another epoch
 *       is refused, so a session that was thought dead cannot undo what came after it.
 *   <li>A task that a session gives back rests for it a little while: others may have it at once, and the session gets
 *       everything else first, unless it claims the task by name. A client that was gone when its claim was granted
 *       gave nothing back ({@link io.infrafabric.door.answer.Delivery}).
 *   <li>A session that claims again what it holds goes on under a new epoch, with the same hold. A task that its holder
 *       claims again and again and never ends uses up its attempts, because the task may be what kills the holder.
 *   <li>Sessions, and operators of one swarm, see nothing of other swarms; they only learn that an id is taken.
 *   <li>A swarm, and each session in it, has a limit of waiting tasks and of submits in a minute
 *       ({@link io.infrafabric.coordinator.task.QuotaTable}); a session's is well below its swarm's.
 *   <li>A task is completed at most once, and every step is in its history, in the same transaction.
 *   <li>A result that a checker must accept is no result before that ({@link io.infrafabric.coordinator.claim.Checking}):
 *       the task is {@code CHECKING}, held under the same epoch and hold, and its lease has no end, so its session may fall
 *       silent. A verdict is for the task, the epoch and the hash of the result; any other changes nothing. No coordinator
 *       runs a checker: chassis does, and asks {@link io.infrafabric.coordinator.published.CheckedTasks} for the input.
 *   <li>A dependant becomes {@code QUEUED} in the transaction that completes its last open dependency. If more than
 *       {@code fan-out-batch} tasks wait for one, further transactions open the rest right after it
 *       ({@link io.infrafabric.coordinator.task.FanOut}). Each dependency is marked as met by the statement that
 *       counts it, under the dependant's row lock, so it counts once, and of two last ones exactly one opens the task.
 *   <li>A cancel with {@code cascade} cancels the task and, if they are more than {@code bulk-batch}, the first of those
 *       that wait for it. The others follow in batches, as an order of which the answer gives the id
 *       ({@link io.infrafabric.coordinator.transaction.CascadeTransaction}). Each is cancelled once, by the operator of
 *       the call and with its reason.
 *   <li>A disputed claim of the evidence graph counts among the open dependencies of the tasks that rest on it
 *       ({@link io.infrafabric.coordinator.task.BasisTable}): queued tasks wait, claimed ones go on and their holders
 *       are notified, and returned ones wait. The end of the dispute opens them as a completion does. Tasks are handled
 *       in batches of {@code basis-batch}; a due row handles the rest.
 *   <li>A lease and its hold are one: granted, carried on and ended in the same transaction
 *       ({@link io.infrafabric.budget.ClaimHolds}). A claim skips tasks that its session cannot pay for, and they stay
 *       queued for others. 402 means that only money stood in the way; it comes at once, even for a claim that would
 *       wait. A task without an estimate has a hold of nothing, so that costs reported for it belong to its claim.
 *   <li>Every notice to a session is a row in its inbox, numbered under the session's row lock: a reader that has seen
 *       number n has seen all below it.
 * </ul>
 *
 * <h2>Sessions and their enrolments</h2>
 *
 * An id is a name that may be used again; a session is the id and its enrolment, a number that grows with each
 * enrolment after leaving. Tokens and the events of a session carry it. A session that is lost and comes back keeps its
 * enrolment. Leaving ends the enrolment, in one transaction
 * ({@link io.infrafabric.coordinator.transaction.DepartureTransaction}). What that means:
 *
 * <ul>
 *   <li><b>Tokens</b> end: refused at once by the process that took the call to leave, within 5 s elsewhere. A waiting
 *       claim hears that the session has left, and a claim of an earlier enrolment gets nothing, however late it comes.
 *   <li><b>Leases</b> are released, and their holds given back, with everything that was set aside on the session's
 *       account.
 *   <li><b>Assignments</b> end, for tasks in every state except {@code DONE}. A transaction that assigns a task locks
 *       its assignee first, so an assignment always belongs to the current enrolment. A claim takes nothing from
 *       another swarm, whatever it says. Falling silent also ends the assignments of open tasks, in its transaction.
 *   <li><b>The inbox</b> is emptied, and a session that has left gets no notices.
 *   <li><b>The account</b> stays the id's: what was spent today counts in the next enrolment, in whichever swarm.
 *   <li><b>Outcomes</b> stay the id's: they say how well its bearer works, not where.
 *   <li><b>Histories</b>, claims of the evidence graph, costs and memos name the id that acted, and stay.
 *   <li><b>Votes</b> that were cast stand. An electorate names ids of its swarm: one that has left is missing from it,
 *       one in another swarm counts as left, and one that comes back votes again.
 *   <li><b>Blockers</b> that it raised are withdrawn, and it no longer helps with any. Blockers of a later enrolment
 *       stay, even if the news of the leaving arrives after they were raised.
 *   <li><b>Waits</b> for it end. Its own end unless it is live again by then; its new reports then replace them.
 *   <li><b>Kept answers</b> ({@code Idempotency-Key}) belong to the enrolment: another one does not get them.
 * </ul>
 *
 * <h2>How it is built</h2>
 *
 * Rules are plain Java: {@link io.infrafabric.coordinator.task.Submission} (may these tasks be added),
 * {@link io.infrafabric.coordinator.claim.Claiming} (who gets which), {@link io.infrafabric.coordinator.claim.Ending}
 * and {@code Change} (how claims end), {@link io.infrafabric.coordinator.session.Match} (how well a session fits),
 * {@link io.infrafabric.coordinator.session.Enrolment}. A transaction script loads, asks a rule, and writes; concurrent
 * submits, claims and ends share one ({@link io.infrafabric.bus.GroupCommit}). Locks are taken in the order of
 * {@link io.infrafabric.bus.Locks}; outcomes (the source of {@code recentSuccess}) are written last of all, in the
 * transaction of their change. Resources are thin, and {@link io.infrafabric.coordinator.CoordinatorFunction} reacts to
 * events. If a human must decide (about a dependency that can no longer be done), escalation asks, and
 * {@code Resolution} says what the answer means here.
 *
 * <h2>Alive is not progress</h2>
 *
 * A program beside a hung agent can call for ever. So a call shows that a session is alive
 * ({@link io.infrafabric.coordinator.published.Presence}), and renews the leases that were claimed with {@code keep}, up to a day
 * from their grant. What the agent itself does shows progress ({@link io.infrafabric.coordinator.published.SessionProgress}). The
 * rule is {@link io.infrafabric.coordinator.session.Stalling}: a session that holds work without progress is asked and marked, and
 * later its leases end. It stays {@code LIVE}. A look at a session is a due row, from its first progress on, at the earliest time at
 * which it could be stalled; whatever happens in between moves what the look finds, and not the row.
 *
 * <h2>Waiting without polling</h2>
 *
 * A claim that finds nothing waits in {@code WaitingRoom}: a place in a line, no thread. A commit that queues a task
 * rings a bell in every process; the first in line claims again. If it got a task, or cannot have what is there, the
 * database is asked who else can, and no more look than there are tasks ({@code WaitingLine}). If a claim waits in the
 * process where a task is submitted, it gets the task in the transaction of the submit ({@code WaitingRoom.lend}): if there is nothing to
 * decide, by the same statement that adds the task ({@link io.infrafabric.coordinator.claim.PickupTable}). A bell may
 * be lost, so the room also looks by itself every few seconds. An ending process first sends all waiters away with
 * "nothing yet", and they ask another process. A claim in a paused swarm waits, too, until the swarm is resumed. If
 * everything there rests for the woken claim, the next one in line is woken. Leases and silence are due rows
 * ({@link io.infrafabric.bus.Due}), never timers in memory.
 *
 * <h2>Times of the calendar</h2>
 *
 * A task may have a time before which nobody may claim it, and one at which it ends if nobody has it: from then on claims pass it
 * over, even before it is cancelled. Both are due rows that do not move after a gap ({@link
 * io.infrafabric.coordinator.task.DormantTable}). Schedules make tasks at such times ({@link
 * io.infrafabric.coordinator.schedule.ScheduleTransaction}).
 *
 * <h2>Money</h2>
 *
 * {@code Claiming} decides claims by what the sessions of the batch can pay under lock
 * ({@link io.infrafabric.budget.Purses}). Sessions may share accounts, so each decision passes on what it leaves. Money
 * costs no extra round trip: accounts are locked and holds are read and written along with other rows. A session whose
 * breaker is open gets nothing. It gets a notice, and after five minutes tasks queued for it alone are open to
 * everybody again ({@code StoppedTransaction}). A late call still has its cost booked, once for each epoch that the
 * caller had.
 *
 * <h2>On failure</h2>
 *
 * A crashed process loses nothing that was answered: other processes go on, leases run out by the database's clock, and
 * the next calls repeat the heartbeats of at most one flush. While PostgreSQL is away, calls get 503 and deadlines
 * stand still. While Redis is away, waiters find work by looking again.
 */
package io.infrafabric.coordinator;
