/**
 * Relation (seed P7, {@code Relation.Agent}): what sessions hold to be true, what supports it, and where they
 * contradict each other. It is an evidence graph that notices a contradiction when the relation that makes it arrives.
 *
 * <h2>The graph</h2>
 *
 * Nodes are versions of claims; a swarm has one graph. A {@link io.infrafabric.relation.Claim} is stated, and later
 * only revised: the new version begins without relations; those of the old one stay with it. Four relations lead from
 * one claim to another:
 *
 * <pre>
 *   supports      its evidence supports the other, too           -> Evidence, Strength
 *   contradicts   both cannot hold, if their scopes overlap      -> Scope, Contradiction
 *   depends_on    it cannot hold without the other               -> Derivation, Disputes
 *   scoped_as     it holds only where the other holds            -> Scope
 * </pre>
 *
 * <h2>What follows from a change</h2>
 *
 * <pre>
 *   change -> contradictions found and ended   declared; falsifier observed; a claim that depends on both sides
 *          -> their severity                   Gravity; HIGH and CRITICAL ask a human, once each
 *          -> standings                        GroundedStandings: accepted, rejected, undecided
 *          -> disputes                         Disputes: not accepted, or depending on such a claim; tasks on it wait
 * </pre>
 *
 * {@code RelationTransaction} takes commands. {@code EffectTransaction} follows their consequences in the same
 * transaction, only as far as the change reaches: a {@code Ripple} carries from step to step what to look at.
 * {@code ContradictionRulingTransaction} does what a human decided. {@code AuditTransaction} and
 * {@code FindingTransaction} answer queries, including those about the past.
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>A graph changes under its advisory lock, so two processes that add the two halves of a contradiction find it
 *       once, and ask once. The unique index guards this, too.
 *   <li>The standings are those of grounded semantics over the defeats between the newest versions (a property test
 *       against another implementation). If one transaction cannot look at all claims that a change reaches, the rest
 *       goes into {@code relation_unsettled} with a due row, and every later change of the swarm takes it up first.
 *   <li>Rows of claims, relations and contradictions are never deleted, and their statements never change. So the graph
 *       can be queried as of any time.
 *   <li>Every walk has a bound on steps and on claims. An answer that was cut off says so.
 *   <li>{@code ClaimDisputed} and {@code ClaimSettled} alternate for each claim, with growing versions.
 * </ul>
 *
 * <h2>One source, one place</h2>
 *
 * Addresses of evidence are compared as RFC 3986 normalises them ({@code EvidenceAddress}), origins and labels of
 * scopes regardless of case, space and Unicode composition ({@link io.infrafabric.input.Spelling}). Values are stored
 * as given, so a claim from an earlier release is compared by today's rule; its strength follows that rule from the
 * next change of its support or its rivals.
 *
 * <h2>What a change costs</h2>
 *
 * The cost depends on what the change can reach, not on the size of the graph: the claims above and below it (at most
 * {@code s2.relation.derive-claims} each way, some steps in one round trip), the claims whose standing turns over
 * ({@code settle-claims} in one transaction), and the contradictions that rest on those ({@code max-weighed}). So a
 * change in one large component can cost as much as these bounds allow. Changes of one graph wait for each other;
 * waiting ones share a transaction, and the last of many simultaneous changes waits for all of them.
 *
 * <h2>On failure</h2>
 *
 * A process that dies has changed nothing, or everything that followed within the bounds. The due row of the rest
 * survives it. A derived contradiction that lies beyond {@code s2.relation.derive-depth} or {@code derive-claims} is
 * not found; the answer to the command says {@code bounded}.
 *
 * <p>The room is on Hibernate Reactive ({@link io.infrafabric.bus.EntitySessions}); locks, walks and updates of many
 * claims at once are SQL on the same connection.
 */
package io.infrafabric.relation;
