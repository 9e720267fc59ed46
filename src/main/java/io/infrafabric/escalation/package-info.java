/**
 * Escalation (seed: {@code escalate_to_human}, which was a print statement): the inbox of humans who are asked to decide,
 * and the signed webhooks that tell them.
 *
 * <h2>A case</h2>
 *
 * <pre>
 *   a function asks
 *        |            acknowledge            resolve (one of the options)
 *      OPEN ---------------------> ACKNOWLEDGED ------------------------> RESOLVED
 *        +------------------------------------------------------------------^
 *      either ---> WITHDRAWN, when what was asked about is over: nobody decides any more
 *                    |
 *                  OPEN again, instead of a further case, when its condition keeps coming and going
 * </pre>
 *
 * Functions do not call this room. Something happens ({@code TaskStranded}, {@code BreakerOpened}), or a function emits
 * {@link io.infrafabric.event.EscalationEvent.CaseRequested}; the rule {@code Question} says what a human is asked. One
 * cause is one question: a dead task, however many wait for it; the case says how many, and is kept up to date.
 * {@code Asking} says what a question does to existing cases. A condition that comes and goes (a contradiction that is
 * declared and taken back, a blocker that is raised and withdrawn) pages at most three times an hour. After that the
 * last case is reopened, says how often it was asked ({@code openings}), and pages when the hour is over
 * ({@code heldUntil}), if it is open then. The list of cases shows it all the time. A cause may also go away by itself
 * (the breaker has closed, nobody waits for the dead task any more or it is brought back): {@code Cause} says which
 * cases are withdrawn then, with the reason, and no operator is named. {@link io.infrafabric.escalation.Case} decides
 * what an operator's answer makes of it, and {@code Options} what a decision must contain.
 * {@link io.infrafabric.event.EscalationEvent.CaseResolved} goes back to the function that it names, which acts on it.
 *
 * <h2>A session's question</h2>
 *
 * A session asks too, at the door ({@code ask_human}): {@code SessionQuestion} says what may be asked and when the wait ends, and
 * {@code AskTransaction} writes it. Such a case has no function that acts on the answer: {@code CaseResolved} names the session,
 * and the coordinator tells it. At the deadline a due row has what the session said taken, by {@code nobody}.
 *
 * <h2>A delivery</h2>
 *
 * What happens to a case becomes a delivery to each webhook that wants it, in the same transaction. The rules are
 * {@link io.infrafabric.escalation.WebhookDelivery} (states), {@code Retry} (backoff with full jitter), {@code WebhookSignature}
 * and {@code HttpTarget} (where it may go). {@code Sender} calls.
 *
 * <pre>
 *   commit with a due row -> sweep -> CameDue -> EscalationFunction: due again after the lease, should all be lost
 *     -> Sender: claim (commit) -> HTTP call -> outcome (commit): DELIVERED, DEAD, or WAITING with a later due row
 * </pre>
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>The same question (function, reason, subject, occurrence) makes one case: the database's unique key decides. A
 *       reopened case has the newer occurrence.
 *   <li>A human who was not paged for a case does not hear of its withdrawal either.
 *   <li>A case is resolved once, or withdrawn, and never both. Repeating a decision (option and parameters) gets the
 *       same answer.
 *   <li>A question from before its cause went away has no open case, in whatever order, and however late, the two
 *       arrive: the end of a cause is remembered for a week, and opening and withdrawing take turns. Later questions
 *       stay.
 *   <li>A case's change, its event and its deliveries are committed together or not at all.
 *   <li>A delivery that is neither delivered nor dead has a due row. So it is woken from zero, and survives its process.
 *   <li>No HTTP call is made inside a transaction. An attempt is claimed under the row's lock with a number; its
 *       outcome is recorded only while it is the current one.
 *   <li>A receiver gets each message at least once, with the same {@code webhook-id} each time, in no promised order:
 *       {@code data.version} tells which of two is newer ({@code docs/webhooks.md}).
 *   <li>A webhook's secret leaves the database only to sign.
 * </ul>
 *
 * <h2>On failure</h2>
 *
 * A process that dies in an attempt leaves a lease; when it runs out the delivery comes due and is tried again, so the
 * receiver may see it twice. A receiver that is away is tried for about half a day; then the delivery is dead: it is
 * listed, and an operator can replay it. A receiver that answers 410 is disabled, and its pending deliveries are dead.
 * While PostgreSQL is away, nothing is sent; while Redis is away, due deliveries are found a few seconds later.
 *
 * <p>The room is on Hibernate Reactive ({@link io.infrafabric.bus.EntitySessions}): {@code …Row} classes are entities
 * and never leave it; records do. Locks, and statements about many cases at once, are SQL on the same connection.
 */
package io.infrafabric.escalation;
