/**
 * Bulkhead (seed P9): calls to model providers, isolated, metered, and paid before they are made. An agent sets its base
 * URL to the fabric, and its calls go through here. A provider that is slow or dead harms nobody who calls another one;
 * money is held before a call and booked from the answer's own usage; the provider's key never reaches an agent.
 *
 * <pre>
 *   any method on /bulkhead/providers/{p}/call/{path}
 *     --> who calls, which provider, may this path be called (bulkhead.forward)
 *     --> the body is read whole, for what it may cost       (bulkhead.usage)
 *     --> one of the provider's N slots in the whole fleet   (bulkhead.slot)
 *     --> money held, the row of the call                    (bulkhead.payment)
 *     --> the provider, over connections of its own          (bulkhead.forward)
 *     --> bytes back as they come, tapped for usage          (bulkhead.usage)
 *     --> the slot is given back, the cost is booked
 * </pre>
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>Each provider has its own connections, queue, limits and breaker. Nothing that waits for one of them is waited for by
 *       calls to another one.
 *   <li>Bytes pass unchanged, as they come, with back-pressure.
 *   <li>A request that was sent is never sent again.
 *   <li>A token of the fabric never leaves it. A provider's key is in memory only: in no row, log, event or answer.
 *   <li>Money comes after the slot, so nobody's money waits in a queue.
 * </ul>
 *
 * <h2>How it is built</h2>
 *
 * {@code bulkhead.provider} keeps providers. {@code bulkhead.forward} is the only part that speaks HTTP; what it asks the
 * others ({@link io.infrafabric.bulkhead.slot.Slots}, {@link io.infrafabric.bulkhead.payment.Payments}) are calls in this
 * process.
 *
 * <h2>On failure</h2>
 *
 * Without Redis nothing changes but how soon processes hear of each other. Without PostgreSQL, calls that need it are
 * refused with 503; calls under way go on. A process that dies takes its calls with it; their slots and money come back
 * when their leases end.
 */
package io.infrafabric.bulkhead;
