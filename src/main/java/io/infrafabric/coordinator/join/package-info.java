/**
 * How an agent without a token joins a swarm: a device flow in the manner of RFC 8628. The agent asks, and is given a short code,
 * which it shows, and a secret, which it keeps. An operator approves the code, and so enrols the session. Whoever has the secret
 * is then given the session's token, once.
 *
 * <p>{@link io.infrafabric.coordinator.join.JoinKeys} makes codes and secrets. {@link io.infrafabric.coordinator.join.JoinTable} keeps who
 * asked, for minutes only. {@code transaction.JoinTransaction} approves: the enrolment and the approval stand together.
 *
 * <p>Nobody needs a token to ask, so what is kept of those who ask is bounded, in all and for each address. A code alone is worth
 * nothing without an operator's token, and a secret has 256 bits, so guessing leads nowhere.
 */
package io.infrafabric.coordinator.join;
