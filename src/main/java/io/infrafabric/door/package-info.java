/**
 * The door: the HTTP part that all REST resources share. It has four rooms.
 *
 * <ul>
 *   <li>{@code door.identity}: who is let in: tokens, keys, and what ends them.
 *   <li>{@code door.input}: how addresses, parameters and bodies are read.
 *   <li>{@code door.answer}: how answers and refusals are written, and the API document.
 *   <li>{@code door.process}: connections, calls under way, probes, and the end of the process.
 * </ul>
 *
 * A resource method reads like this:
 *
 * <pre>{@code
 * Caller caller = identity.caller();                    // who calls; unknown callers do not get this far
 * caller.mustActIn(body.swarm());                       // may it? throws a Problem that says why not
 * Check.givenText("title", body.title(), 200);          // is it sound? throws a Problem that names the field
 * Keep<Answer> keep = new Keep<>(                       // was it asked before? what goes into the audit log,
 *         identity.key(body), answers::toKeep);         // and what is kept of the answer
 * return coordinator.submit(command, keep);             // the effect, and the kept answer, in one transaction
 * }</pre>
 *
 * A resource class says {@code @Consumes(APPLICATION_JSON)}: then a POST without a body needs no {@code Content-Type}.
 *
 * <p>Only resources, and the writers of their answers, import the door. The bus, the rules and the transactions do not: refusals
 * are in {@code problem}, checks of values in {@code input}, callers and kept answers in {@code command}.
 *
 * <p><b>When something is away.</b> Without PostgreSQL calls get 503 with {@code Retry-After}, and tokens are
 * checked against the last known revocations. Without Redis everything goes on. {@code s2_degraded{part="redis"}} (or
 * {@code "postgres"}) is 1 and the readiness probe says why, and stays ready ({@code door.process.Fitness}). A Redis that answers but keeps nothing counts the
 * same ({@code bus.Doorbell}).
 */
package io.infrafabric.door;
