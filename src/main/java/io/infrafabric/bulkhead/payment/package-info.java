/**
 * Payment: money is held before a call, and what the call cost is booked on every way that it can end. Every call is one row.
 *
 * <p>{@link io.infrafabric.bulkhead.payment.Payments} is asked twice: before a call, when it has its slot, so that nobody's money
 * waits in a queue; and after it. The first is one transaction, which refuses a call whose claim is over or whose money is not
 * there. The second happens in the background and is tried again until it stands, because the provider has been paid by then,
 * whatever happens to us.
 */
package io.infrafabric.bulkhead.payment;
