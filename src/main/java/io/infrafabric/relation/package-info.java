/**
 * Relation (seed P7, {@code Relation.Agent}): what sessions hold to be true, what carries it, and where they contradict each
 * other. An evidence graph that notices a contradiction when the relation arrives that makes it.
 *
 * <h2>The graph</h2>
 *
 * Nodes are versions of claims; a swarm has one graph. A {@link io.infrafabric.relation.Claim} is stated, and later only
 * revised: the new version begins without relations, those of the old one stay with it. Four relations lead from one claim
 * to another:
 *
 * <pre>
 *   supports      its evidence carries the other, too            -> Evidence, Strength
 *   contradicts   both cannot hold, if their scopes overlap      -> Scope, Contradiction
 *   depends_on    it cannot hold without the other               -> Derivation, Disputes
 *   scoped_as     it holds only where the other holds            -> Scope
 * </pre>
 *
 * <h2>What follows from a change</h2>
 *
 * <pre>
 *   change -> contradictions found and ended   declared; falsifier observed; a claim that depends on both sides
 *          -> how grave they are               Gravity; HIGH and CRITICAL ask a human, once each
 *          -> standings                        GroundedStandings: accepted, rejected, undecided
 *          -> disputes                         Disputes: not accepted, or resting on what is not; tasks on it wait
 * </pre>
 *
 * {@code RelationTransaction} takes commands, {@code EffectTransaction} has them followed, in the transaction of the change and no further
 * than it reaches: a {@code Ripple} carries what is to be looked at from step to step. {@code ContradictionRulingTransaction} does what a human
 * decided. {@code AuditTransaction} and {@code FindingTransaction} answer questions, also about the past.
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>A graph is changed under its advisory lock, so two processes that add both halves of a contradiction find it once,
 *       and ask once. The unique index would say so, too.
 *   <li>The standings are those of grounded semantics over the defeats between the newest versions (a property test against
 *       another implementation). Where one transaction cannot look at all claims that a change reaches, the rest is in
 *       {@code relation_unsettled} with a due row, and every later change of the swarm goes on with it first.
 *   <li>Rows of claims, relations and contradictions are never deleted, and what was said in them never changes. So the graph
 *       can be asked for as of any time.
 *   <li>Every walk has a bound on steps and on claims. An answer that was cut off says so.
 *   <li>{@code ClaimDisputed} and {@code ClaimSettled} alternate for each claim, with growing versions.
 * </ul>
 *
 * <h2>One source, one place</h2>
 *
 * Addresses of evidence are compared as RFC 3986 normalises them ({@code EvidenceAddress}), origins and labels of scopes without
 * regard to case, space and Unicode's ways to compose a character ({@link io.infrafabric.input.Spelling}). What was given is
 * stored as it was given: so a claim of an earlier release is compared by the rule of today, and counts by it from the next
 * change of what carries or contradicts it.
 *
 * <h2>What a change costs</h2>
 *
 * What can be reached from it, whatever the size of the graph: the claims above and below it (at most {@code
 * s2.relation.derive-claims} each way, some steps in one round trip), the claims whose standing turns over ({@code
 * settle-claims} in one transaction), and the contradictions that rest on those ({@code max-weighed}). So a change in one
 * large component can cost as much as these bounds allow. Changes of one graph wait for each other; those that wait
 * together share a transaction, and the last of many that come at once waits for all of them.
 *
 * <h2>On failure</h2>
 *
 * A process that dies has changed nothing, or all that followed within the bounds. The due row of what is left survives it.
 * A derived contradiction that lies beyond {@code s2.relation.derive-depth} or {@code derive-claims} is not found; the answer
 * to the command says {@code bounded}.
 *
 * <p>The room is on Hibernate Reactive ({@link io.infrafabric.bus.EntitySessions}); locks, walks, and what is written about many claims at
 * once, are SQL on the same connection.
 */
package io.infrafabric.relation;
