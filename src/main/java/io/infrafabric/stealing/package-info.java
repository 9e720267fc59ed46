/**
 * Stealing (seed P8, work stealing): idle sessions take tasks from busy ones. In the documented
 * run two of seven sessions held 18 of 28 tasks while others had finished.
 *
 * <pre>
 *   claim that would come back empty --+
 *   POST …/sessions/{id}/idle ---------+--> look (no locks): the longest queues, what in them this session could do
 *                                             |  {@link io.infrafabric.stealing.Choice}: from whom
 *                                             v
 *                                           one transaction: lock both sessions by id, then what the idle one pays from;
 *                                             count the queue, in a statement of its own; Choice again: which task;
 *                                             the task changes its assignee and is claimed, with lease and hold;
 *                                             history, notices to both, TaskStolen
 * </pre>
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>Claimed tasks are never stolen. A stolen task is claimed in the same transaction, by the statement that grants every
 *       claim. So it runs once.
 *   <li>An owner keeps 5 queued tasks. Its session's row owns the count: its own claims and all thieves
 *       lock that row, and count afterwards.
 *   <li>The least important task goes first, the newest of those; a {@code P0} stays as long as a {@code P3} is in the
 *       queue, also if the idle session could do the former and not the latter.
 *   <li>No task goes to a session that scores below 0.70 for its needs ({@link io.infrafabric.coordinator.session.Match}), nor to
 *       one that cannot pay for it, is full, or is stopped; in a swarm that is paused nothing is stolen.
 *   <li>A stolen task is not stolen again within 60 s, by anybody: so it does not go back and forth, nor in a circle. Its
 *       history remembers; there is no table of stealing's own.
 *   <li>Stealing counts no attempt.
 * </ul>
 *
 * <h2>How it is built</h2>
 *
 * The coordinator asks for {@link io.infrafabric.coordinator.published.OtherQueues} and does not know who implements it, so arrows
 * go one way. {@link io.infrafabric.coordinator.published.Handovers} reads queues and moves tasks; what may be moved is decided
 * here, on values, by the rule that the simulation in {@code bench} plays with, too. The statement leaves out only what
 * the rule would leave out anyway, and is bounded ({@code StealingConfig}). Sessions that wait for a claim are looked at
 * with every look of the waiting room; when a session's breaker opens, its queue gets no shorter, and those who wait are
 * called at once ({@code StealingFunction}).
 *
 * <h2>On failure</h2>
 *
 * Nothing is kept in memory. A process that dies during a steal has either stolen nothing or committed a lease that expires.
 */
package io.infrafabric.stealing;
