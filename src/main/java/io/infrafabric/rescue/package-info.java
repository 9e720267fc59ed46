/**
 * Rescue (seed P2, IF.governor): blocked sessions get help from sessions that fit. Helpers picked at random were of no use:
 * in the seed's example, 57 % of their cost was wasted.
 *
 * <h2>A blocker</h2>
 *
 * <pre>
 *   raised (REST, or a BlockerReported on the channel)
 *      |                one accepts                       the blocked session, or an operator
 *   ASKING -----------------------------> ASSIGNED ------> RESOLVED     says who has helped
 *      |  ^   all who accepted fell away      |    \-----> WITHDRAWN
 *      |  +-----------------------------------+
 *      |  somebody can be asked after all, or a human names one
 *      v  |
 *   ESCALATED      nobody is left who could be asked; a case asks a human (ASSIGN, WITHDRAW)
 * </pre>
 *
 * Rescue asks the best fits, at most two at a time. Each has 300 s to accept. A session that declines or stays silent is not
 * asked again about this blocker; the next best is. The fit is the coordinator's rule {@link io.infrafabric.coordinator.session.Match},
 * which claims and stealing use, too: {@code 0.50 * domain + 0.30 * tool + 0.20 * recentSuccess}, from 0.70 on. Every answer
 * says with which parts, and who was left out and why ({@link io.infrafabric.rescue.Ranking}).
 *
 * <h2>When several compete</h2>
 *
 * All blockers of a swarm that need somebody are looked at together ({@link io.infrafabric.rescue.Plan}). First every
 * blocker without a helper gets one, then others may get a second ({@link io.infrafabric.rescue.Assignment}: in each round as many as possible, then the
 * highest sum of scores, by a maximum-weight matching of JGraphT). Pending asks stay as they are, unless
 * a blocker would have nobody otherwise: then rescue withdraws some of them and asks about that blocker.
 *
 * <p>Sessions that become free are asked at once: a swarm with open blockers is watched ({@link io.infrafabric.event.OnDemand}), so
 * it is told when a task leaves its holder's hands ({@code TaskMoved}), and when a session enrols, can do more, is back, or is
 * stopped no longer ({@code SessionReadied}). In swarms without blockers such events are not
 * written. A declined ask and an ended blocker make room in the same transaction. The look after 300 s is only there for
 * changes that no event reported.
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>Nobody is asked about more than it has places free, counting the tasks it holds, and nobody who is lost,
 *       blocked itself, or stopped by its breaker. All plans of a swarm are made one after the other, under its lock,
 *       and off the event loop, because every blocker is ranked against the whole swarm.
 *   <li>At most two are asked or help at any time; an ask is answered once.
 *   <li>An acceptance places its hold in the same transaction: on the blocked session's account, or its own ({@code s2.rescue.payer}).
 *       It is settled when the help ends: with what the rescuer said that it has cost, else with the estimate if it helped.
 *   <li>Ratings of helpers become outcomes in the coordinator's table, in the transaction of the resolve, and count for
 *       all later matches.
 *   <li>The session waits for {@code blocker:<id>} from {@code BlockerRaised} to {@code BlockerResolved} or
 *       {@code BlockerWithdrawn}; the events carry the blocker's version.
 *   <li>A blocker that somebody is asked about, that nobody can be asked about, or that is about a task, has a due row.
 *   <li>A blocker ends with its task: resolved if that is done, withdrawn if it is dead or cancelled.
 *   <li>While a swarm is paused, nobody begins to help. A question to a human is withdrawn once somebody can help.
 * </ul>
 *
 * <h2>How it is built</h2>
 *
 * {@code Blocker} and {@code Ask} decide what a call does to a blocker; {@code Plan} decides which sessions are asked.
 * A transaction begins with the lock on its swarms and gathers its decisions in {@code Changes};
 * {@code RescueTransaction} ends it: plans, writes, emits. The lock on a swarm is one of the turns of
 * {@link io.infrafabric.bus.Locks}; nobody else changes rescue's own rows.
 *
 * <h2>On failure</h2>
 *
 * Nothing is in memory: a process that dies loses no ask. A session that is lost or leaves falls away from what it
 * helps with, and the next best is asked; the blockers that it raised are withdrawn. While PostgreSQL is away, calls
 * get 503 and the time to accept stands still. While Redis is away, calls go on, and due rows take effect some seconds
 * later.
 */
package io.infrafabric.rescue;
