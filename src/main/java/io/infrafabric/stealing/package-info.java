/**
 * Stealing (seed P8, work stealing): idle sessions take tasks from busy ones. In the documented
 * run two of seven sessions held 18 of 28 tasks while others had finished.
 *
 * <pre>
 *   claim that would come back empty --+
 *   POST …/sessions/{id}/idle ---------+--> look (no locks): the longest queues, and their tasks for this session
 *                                             |  {@link io.infrafabric.stealing.Choice}: from whom
 *                                             v
 *                                           one transaction: lock both sessions by id, then the idle one's account;
 *                                             count the queue, in a statement of its own; Choice again: which task;
 *                                             the task changes its assignee and is claimed, with lease and hold;
 *                                             history, notices to both, TaskStolen
 * </pre>
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>Claimed tasks are never stolen. The statement that grants every claim also claims a stolen task, in the same
 *       transaction. So it runs once.
 *   <li>An owner keeps 5 queued tasks. The row of its session guards the count: its own claims and all thieves lock
 *       that row first, and count afterwards.
 *   <li>The least important task goes first, and the newest of those. A {@code P0} stays as long as a {@code P3} is in
 *       the queue, even if the idle session could do only the {@code P0}.
 *   <li>No task goes to a session that scores below 0.70 for its needs
 *       ({@link io.infrafabric.coordinator.session.Match}), nor to one that cannot pay for it, is full, or is stopped.
 *       In a paused swarm nothing is stolen.
 *   <li>Nobody steals a stolen task again within 60 s, so it goes neither back and forth nor in a circle. Its history
 *       remembers; stealing has no table of its own.
 *   <li>Stealing does not count as an attempt.
 * </ul>
 *
 * <h2>How it is built</h2>
 *
 * The coordinator asks for {@link io.infrafabric.coordinator.published.OtherQueues} and does not know who implements
 * it, so arrows go one way. {@link io.infrafabric.coordinator.published.Handovers} reads queues and moves tasks; the
 * rule here decides on values what may move, and the simulation in {@code bench} uses the same rule. The statement
 * leaves out only what the rule would leave out anyway, and is bounded ({@code StealingConfig}). Each look of the
 * waiting room also looks for tasks to steal for waiting sessions. When a session's breaker opens, its queue gets no
 * shorter, and waiters are called at once ({@code StealingFunction}).
 *
 * <h2>On failure</h2>
 *
 * Nothing is kept in memory. A process that dies during a steal has either stolen nothing or committed a lease that expires.
 */
package io.infrafabric.stealing;
