/**
 * Deadlocks (seed P4): who waits for whom. Cycles are found when they close, and ended without loss.
 *
 * <h2>What waits for what</h2>
 *
 * <pre>
 *   session --reports, or has a blocker--> session | task | blocker | decision | account | human
 *   task    --its holder; or what it depends on, and the only one who may claim it--> session | task
 *   blocker --one of those who help--> session
 *   decision --who has not voted--> session    (shown only)
 * </pre>
 *
 * This room keeps only what sessions report and what events say about blockers ({@code EdgeTable}). Each look reads
 * holders and dependencies from the coordinator, breakers from the budget, and whether a blocker, a decision or a case
 * exists and is over ({@code Outside}). A session cannot wait for things that do not exist or belong to another swarm;
 * both are refused with the same words. A session needs everything that it waits for ({@code ALL}) or one of them
 * ({@code ANY}). A wait that only a human can end ({@code human:}, an escalated blocker, a dead task that another one
 * depends on) is not a deadlock; the graph marks it. Decisions end by themselves at a set time, with or without the
 * missing votes. So do waits for an account whose breaker is open: at the end of the day.
 *
 * <h2>A wait</h2>
 *
 * <pre>
 *            said (PUT, POST edges, s2.deadlock.wait-reported)
 *                  |                          done, gone, dropped, or preempted
 *                OPEN --------------------------------------------------------------> CLOSED --(24 h)--> forgotten
 * </pre>
 *
 * {@link io.infrafabric.deadlock.Waits} is the rule: the newest report on each edge counts, in whatever order reports
 * arrive, so a closed edge stays known with its version. Things that are already over make no edge. A wait begins no
 * later than its report: the longest waiter is preempted, and a start in the future would protect the session that
 * reports it.
 *
 * <h2>A deadlock</h2>
 *
 * {@link io.infrafabric.deadlock.WaitGraph} finds the nodes that can never go on: those outside the least fixpoint of
 * "may proceed". A knot is a set of such nodes that wait for each other and for nothing else. A session that merely
 * waits for a knot is not in it, and is never preempted. {@link io.infrafabric.deadlock.Preemption} chooses a session
 * of a cycle, as often as necessary.
 *
 * <pre>
 *   a wait is said, or an event tells that something ended, or that a task changed: its holder, its assignee, its dependencies
 *     -> graph lock of the swarm -> how the targets stand -> edges written
 *     -> what is reachable is read (Reachable) -> WaitGraph: nobody deadlocked (mostly): commit
 *     -> Preemption -> sessions, accounts and tasks of the knot locked, and compared with what was read
 *     -> waits and claims of the victim ended, holds voided, inbox, history: the same commit
 * </pre>
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>Edges of a swarm change only under its advisory lock. So the second half of a cycle always sees the first.
 *   <li>An edge is added after its target was read under that lock. So it sees every end that was committed before.
 *       Later ends come as events, which wait for the lock. No edge is left behind.
 *   <li>Nobody is deadlocked for longer than it takes to deliver one event. Because the change that closes a deadlock,
 *       or its event, also ends it, looking from the changed node is enough.
 *   <li>A preemption is one transaction: waits, claims, epochs, holds, queue, inbox and history. It goes ahead only if the
 *       whole knot, under lock, is as it was read.
 * </ul>
 *
 * <h2>On failure</h2>
 *
 * A process that dies leaves nothing half done; others receive its events. Each swarm with waiting sessions has a due row
 * {@code sweep:<swarm>}: the sweep checks the whole graph once a minute and counts what only it found
 * ({@code s2_deadlock_swept_total}). The count should stay at zero, with one exception: a task may change in the second after a
 * swarm's first wait, before all processes know that the swarm is watched ({@link io.infrafabric.event.OnDemand}), and no event
 * reports it. So the first check comes after three seconds.
 */
package io.infrafabric.deadlock;
