/**
 * Who is let in, and for how long.
 *
 * <p>{@link io.infrafabric.door.identity.Bearer} asks {@link io.infrafabric.door.identity.Tokens} who holds a token. A
 * token is the operator token from the configuration, or a JWT signed with the key of this installation
 * ({@link io.infrafabric.door.identity.Keys}). A signature is checked once and remembered; whether the token was
 * revoked is looked up on every call, in a map that follows the database by two seconds. Operators' and viewers' tokens
 * have an id and a row each ({@link io.infrafabric.door.identity.Passes}), made by
 * {@link io.infrafabric.door.identity.PassResource} or from a shell. Tokens name their key, so that two keys may exist
 * during an exchange. Only the health probes are open. Metrics need an operator's or viewer's token on the main port.
 * In a build with {@code quarkus.management.enabled=true}, as for Kubernetes, metrics are on the management port, which
 * no ingress reaches, and need no token.
 *
 * <p><b>When a token ends.</b> An operator's or viewer's token ends at a fixed time, its {@code exp}. A session's token
 * slides: it ends when it has lain unused for its {@code ttl}, so a run of any length needs no renewal
 * ({@link io.infrafabric.door.identity.Uses}). Its {@code exp} is its end if nobody uses it before; its holder got that
 * time as {@code expiresAt}. Both kinds end when they are revoked. A session's token also ends when the session leaves:
 * it carries its enrolment ({@code enr}), and the enrolment ends in the transaction of leaving. A renewal carries the
 * generation of the token that asked for it, so one revocation ends both, in whatever order they come
 * ({@link io.infrafabric.door.identity.Revocations}). A token issued before tokens slid has no {@code ttl}, and ends at
 * its {@code exp}. Enrolments and operators are revoked separately.
 *
 * <p><b>Scoped credentials</b> are good for one claim of a session and a few endpoints. Their tokens are opaque, so the
 * database is asked for them, and its answer is remembered for two seconds
 * ({@link io.infrafabric.door.identity.ScopedTokens}). The caller is then the session with a
 * {@link io.infrafabric.command.TaskScope}, and the call is compared with it before anything else sees it.
 *
 * <p><b>What a call brings along</b> besides its body (caller, trace, {@code Idempotency-Key}) comes from
 * {@link io.infrafabric.door.identity.Identity}. With {@code identity.key(body)}, or {@code noted(body)} for PUT, PATCH
 * and DELETE, a resource says that a call may change something; {@code Once} then writes the row of the audit log in
 * the transaction of the effect. A resource that does not pass through {@code Once} says {@code identity.note(body)},
 * and {@link io.infrafabric.door.identity.AuditFilter} writes the row before the answer. A test calls every write of
 * the OpenAPI document as an operator and looks for its row.
 */
package io.infrafabric.door.identity;
