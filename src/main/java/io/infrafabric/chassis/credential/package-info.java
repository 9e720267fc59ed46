/**
 * Scoped credentials: what an agent gives to a program that works for it. One is good for one session, one claim of that
 * session, and the endpoints that it names, for minutes.
 *
 * <p>Its token is an opaque handle, not a JWT: any process can issue one without the private key, and it can be revoked
 * without logging the session out. The database has only its SHA-256
 * ({@link io.infrafabric.chassis.credential.Handle}).
 *
 * <p><b>What it allows.</b> The bearer is the session ({@link io.infrafabric.command.Caller}) with a
 * {@link io.infrafabric.command.TaskScope}, which the door asks on every call: the endpoints that the credential names, and
 * within them nothing about another task, and nothing that only the session itself may do (enrol, leave, renew, claim,
 * steal, vote). All other checks of the session apply as well. It counts as no heartbeat.
 *
 * <p><b>Only narrower.</b> Operators issue credentials for sessions that they reach, sessions for themselves, and the bearer of
 * a credential may issue another one for the same claim, with endpoints that its own covers, which ends no later than its
 * own ({@link io.infrafabric.chassis.credential.Issuing}).
 *
 * <p><b>When it ends:</b>
 *
 * <ul>
 *   <li>at its time, at most an hour after it was issued;
 *   <li>when it is revoked, or the credential that issued it;
 *   <li>when the session's tokens are revoked, or the session leaves: it has their generation and enrolment;
 *   <li>when the claim ends, in whatever way: the claim's epoch is compared when the door asks. Nothing is told to this
 *       room, so there is nothing to miss.
 * </ul>
 *
 * The door of every function's process asks {@link io.infrafabric.chassis.credential.CredentialTable} and remembers the
 * answer for two seconds, so each end holds everywhere within five. Under an advisory lock a session's credentials are
 * issued and revoked one at a time; so their number is bounded, and a credential that is being revoked issues none.
 */
package io.infrafabric.chassis.credential;
