/**
 * Payment: money is held before a call, and what the call cost is booked on every way that it can end. Every call is one row.
 *
 * <p>{@link io.infrafabric.bulkhead.payment.Payments} is asked twice: before a call, when it has its slot, so that nobody's money
 * waits in a queue; and after it. The first is one transaction, which refuses a call whose claim is over or whose money is not
 * there. The second happens in the background and is tried again until it stands, because the provider has been paid by then,
 * whatever happens to us.
 *
 * <pre>
 *            before: claim, reservation, row, lease                    after: cost, reservation's end, row
 *   call ------------------------------------------&gt; RUNNING ------------------------------------------&gt; ANSWERED, CUT, …
 *                                                       |   the lease ends: its process has died
 *                                                       +--------------------------------------------&gt; LOST: the whole estimate
 * </pre>
 *
 * <h2>What a call costs</h2>
 *
 * The answer says what it used, and {@code budget} what that costs. If an answer was cut or says nothing, what was seen of it costs,
 * and at least the input, once the provider has begun to answer or our client has left. An answer with an error costs nothing, and
 * neither does a provider that never answered.
 *
 * <h2>Where nobody pays</h2>
 *
 * If no account on the session's way up has a limit, or nothing has a price, nothing is held and the row is written after the
 * call, many in one transaction. Only the claim is looked at before. What is booked then is lost with its process.
 *
 * <h2>On failure</h2>
 *
 * A process renews the leases of its calls in bulk until their ends are written. When it has died, another one books their
 * estimates: whoever takes the lease away ends the call, so an end that comes later finds nothing left. Two looks in a row must
 * find the same call without a lease, so that after an outage everybody can renew first. As many ends may wait as calls may run;
 * while they wait, {@code before} refuses further calls.
 *
 * <p>Rows are kept in partitions by day ({@code CallDays}). They say nothing of what was asked or answered.
 */
package io.infrafabric.bulkhead.payment;
