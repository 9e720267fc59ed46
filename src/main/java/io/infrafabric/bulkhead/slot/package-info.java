/**
 * Slots: at most N calls to a provider at once, in the whole fleet; a bounded queue for those that wait; and when not to call
 * at all, because the provider fails or has asked for a pause.
 *
 * <p>A call asks {@link io.infrafabric.bulkhead.slot.Slots} for a place before anything else costs money, and gives it back with
 * how it ended ({@link io.infrafabric.bulkhead.slot.Ended}): that is all that this room knows of a call. So a call that never
 * ends would keep its place: whoever has a {@link io.infrafabric.bulkhead.slot.Permit} must end it, on every way.
 *
 * <pre>
 *   Slots.acquire --> Gate (one for each provider, in memory: leases, queue, breaker, pauses) --> a permit, or a refusal
 *                       |  need: take, give, trip, probe, pause          ^  what the database says
 *                       v                                                |
 *                     SlotUpkeep: one statement at a time; a look each 750 ms, or at a bell; renewal each 10 s
 * </pre>
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>A provider has as many rows {@code bulkhead_slot} as it may have calls. A replica starts a call only while it has
 *       fewer calls than slots on lease, and its leases end in its own memory before they end in the database. So there are
 *       never more than N calls while leases hold, with Redis or without.
 *   <li>Whoever owns a free slot pays no statement for a call. Calls are not bound to certain slots; only numbers count.
 *   <li>A replica whose calls wait says so in {@code bulkhead_replica}, and rings. The others give it what they do not use at
 *       once, and what is more than their even share as calls end ({@code SlotShare}): the row's owner changes in one
 *       statement, so that nobody else takes it in between. Whoever is asked by no bell sees it at the next look.
 *   <li>A freed slot goes to the head of the queue: sessions in turn, and none has more than half of this process's slots
 *       while others wait ({@code WaitingCalls}).
 *   <li>The breaker is a row with a version. The first replica over its threshold opens it for all; a call counts only for the
 *       version that it began under. When its time is over, the row gives the probe to one call in the fleet, on a lease.
 *       Each probe that fails doubles the time, up to 300 s.
 *   <li>A pause of a model is never shortened, and ends within an hour.
 * </ul>
 *
 * <h2>On failure</h2>
 *
 * <ul>
 *   <li><b>A replica is killed:</b> its leases end within 30 s, and others take its slots.
 *   <li><b>A replica ends in order:</b> its queue is refused, its slots go back at once and as its last calls end.
 *   <li><b>PostgreSQL is away:</b> calls go on as long as leases hold (28 s since the last renewal). After that no call
 *       begins; those under way are not cut, since they are paid for. When it is back, each replica renews what is still
 *       its own, also after the end of the lease. Only a replica that has reached the database all along for longer than a
 *       renewal takes takes slots whose lease is over. So the limit holds after an outage of the database, however long.
 *   <li><b>One replica alone is cut off from PostgreSQL:</b> after 30 s others take its slots. Calls that it began before
 *       may still be under way, and only they come on top of the limit.
 *   <li><b>The breaker must open while PostgreSQL is away:</b> it opens in this process for its first time, and is written
 *       as soon as it can be.
 *   <li><b>Redis is away:</b> everybody looks every 750 ms.
 * </ul>
 */
package io.infrafabric.bulkhead.slot;
