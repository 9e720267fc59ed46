/**
 * The door: what all REST resources share. A resource method reads like this:
 *
 * <pre>{@code
 * Caller caller = identity.caller();                    // who calls; nobody unknown gets this far
 * caller.mustActIn(body.swarm());                       // may it? throws the Problem that says why not
 * Check.givenText("title", body.title(), 200);          // is it sound? throws the Problem that names the field
 * Keep<Answer> keep = new Keep<>(                       // was it asked before? and what the audit log is to say;
 *         identity.key(body), answers::toKeep);         // what is kept of the answer
 * return coordinator.submit(command, keep);             // the effect, and the kept answer, in one transaction
 * }</pre>
 *
 * A resource class says {@code @Consumes(APPLICATION_JSON)}: then a POST without a body needs no {@code Content-Type}.
 *
 * <p><b>Who is let in.</b> {@link io.infrafabric.door.identity.Bearer} asks {@link io.infrafabric.door.identity.Tokens} who a token belongs
 * to. A token is an operator token from the configuration, or a JWT that was signed by the key of this installation
 * ({@link io.infrafabric.door.identity.Keys}). A signature is checked once, and remembered; whether the token was revoked is
 * looked up on every call, in a map that follows the database by two seconds. Operators' and viewers' tokens have an id and
 * a row each ({@link io.infrafabric.door.identity.Passes}), made by {@link io.infrafabric.door.identity.PassResource} or from a shell. Tokens name
 * their key, so that there may be two while keys are exchanged. Nothing is open but the health probes.
 * Metrics need an operator's or viewer's token on the main port; in a build with {@code quarkus.management.enabled=true}, as
 * for Kubernetes, they are on the management port, which no ingress reaches, and need none.
 *
 * <p><b>When a token ends.</b> An operator's or viewer's ends at a fixed time, the {@code exp} in it. A session's slides: it
 * ends when it has lain unused for its {@code ttl}, so a run of any length needs no renewal
 * ({@link io.infrafabric.door.identity.Uses}). Its {@code exp} is when it ends if nobody uses it before; that is what its holder was
 * told as {@code expiresAt}, and nobody but the fabric checks these tokens. Both kinds end when they are revoked, and a session's
 * when the session leaves: it carries which enrolment it is of ({@code enr}), and an enrolment ends in the transaction of
 * leaving. A renewal carries the generation of the token that it was asked with, so what revokes the one revokes the other,
 * in whatever order they come ({@link io.infrafabric.door.identity.Revocations}). A token that was issued before tokens slid has no
 * {@code ttl}, and ends as it was to.
 *
 * <p><b>How callers are named.</b> Where sessions and operators stand side by side (in histories, as authors, in the log)
 * a session is its id and an operator {@code operator:<name>} ({@link io.infrafabric.command.Caller#by}); no id has a colon. They
 * are revoked apart, too.
 *
 * <p><b>Who may do what</b> is said by the methods of {@link io.infrafabric.command.Caller}, called by the resources with
 * what they know: the session or the swarm that the call is about.
 *
 * <p><b>Refusals</b> are {@link io.infrafabric.problem.Problem}s: thrown by checks, returned as values by rules and turned
 * into problems by resources. Each has a {@link io.infrafabric.problem.Code}; all of them stand on one page
 * ({@link io.infrafabric.door.answer.ErrorsPage}). What frameworks throw becomes a problem in
 * {@link io.infrafabric.door.answer.ProblemMappers}. Bodies are read strictly ({@link io.infrafabric.door.input.Json}): a misspelt field
 * or parameter is refused, and the answer names the ones that exist. A ready-made library (quarkus-resteasy-problem) was
 * tried for size: six of our nine causes need words of their own, so it would have been overruled more than used.
 *
 * <p><b>What comes in</b> is checked where it is read, before any resource sees it. {@link io.infrafabric.door.input.Intake} looks at
 * the address and at the formats, {@link io.infrafabric.door.input.StrictValues} at each text, key and moment of a body: text can be
 * kept as it is ({@link io.infrafabric.input.Unicode}), moments are {@link io.infrafabric.input.Rfc3339}, also in the query and in
 * cursors. A trace token is visible ASCII, wherever it comes from.
 *
 * <p><b>More callers than there is room for.</b> {@link io.infrafabric.door.process.Gatekeeper} counts connections as they are
 * accepted; the oldest idle one goes for a new one, and a few places are kept for probes and operators, so that tokens can be
 * revoked in any case. {@link io.infrafabric.door.process.Patience} ends heads that drip, {@link io.infrafabric.door.process.Admission} bodies
 * that drip, and it bounds the calls of one session. Calls that wait have places of their own ({@code coordinator.Seats}).
 *
 * <p><b>Asking twice.</b> {@link io.infrafabric.command.Idempotency} keeps the answer to a call with an
 * {@code Idempotency-Key} in the transaction of its effect. Two that come at once exclude each other by a lock that ends
 * with the transaction, so the second finds the answer of the first, or, if that one was refused, goes on itself. All spellings
 * of a path are one ({@link io.infrafabric.door.input.Address}).
 *
 * <p><b>What operators did</b> is in the audit log ({@link io.infrafabric.command.AuditTrail}), which only grows. A resource
 * says with {@code identity.key(body)}, or {@code noted(body)} for PUT, PATCH and DELETE, that a call may change something;
 * {@code Once} then writes the row in the transaction of the effect. Who does not pass through {@code Once} says
 * {@code identity.note(body)}, and the row is written before the answer. A test calls every write of the OpenAPI document as an
 * operator and looks for its row. What a thing was before is told by the rooms ({@link io.infrafabric.command.Before}).
 *
 * <p><b>When something is away.</b> Without PostgreSQL calls are answered 503 with {@code Retry-After}, the readiness
 * probe says so, and tokens are checked against what was last known. Without Redis everything goes on;
 * {@code s2_degraded{part="redis"}} is 1 and the readiness probe says why. A Redis that answers and keeps nothing counts the
 * same ({@link io.infrafabric.bus.Doorbell}).
 *
 * <p><b>When this process is to end</b> (SIGTERM) it says that it is not ready, calls that wait for something are answered
 * (whoever keeps somebody waiting observes {@code ShutdownDelayInitiatedEvent}), each answer ends its connection
 * ({@link io.infrafabric.door.process.Farewell}), and calls under way have {@code quarkus.shutdown.timeout} to end.
 * Then the door is closed, before anything else is: who comes still is told {@link io.infrafabric.problem.Code#IF_ERR_ENDING}.
 */
package io.infrafabric.door;

import io.infrafabric.command.Caller;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once;
import io.infrafabric.door.identity.Tokens;
import io.infrafabric.input.Check;
