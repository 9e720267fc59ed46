/**
 * Consensus (seed: P5): decisions on which the sessions of a swarm vote, and which are valid only if enough of them do.
 *
 * <h2>A decision</h2>
 *
 * <pre>
 *   opened: rules and electorate are frozen
 *        |
 *      OPEN --- all have voted | closing time | an operator | quorum out of reach ---> counted
 *                                                                                        |
 *        +------------------+------------------------+-------------------------+
 *    APPROVED            REJECTED            QUORUM_NOT_MET                ESCALATED
 *    (valid)             (valid)                     +----- a human is asked --+
 *                                                             |
 *                                              APPROVE or REJECT, recorded as the human's
 * </pre>
 *
 * {@code Opening} freezes the rules and the electorate, and decides who may loosen them. {@code Voting} says what
 * becomes of a vote. {@code Rules} turns a {@code VoteTally} into an outcome, with exact arithmetic: it multiplies
 * votes by the required share, and divides nothing. {@code Independence} tells how many independent voters the voters
 * amount to (Kish's design effect); that figure is shown, and decides only if the decision asks for a minimum.
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>A decision closes once, and its count is the count of its votes. The decision's row guards the count: a
 *       transaction that takes in a vote, or closes, locks it first and counts in the next statement. The number of
 *       processes does not matter.
 *   <li>One vote for each elector: a unique key on the current one. Earlier ones are kept.
 *   <li>Votes count before the closing time, not at it, whether or not somebody has closed the decision yet. The
 *       database's clock decides.
 *   <li>Nobody votes for another session, and only members of the electorate vote (a foreign key).
 *   <li>While a decision is sealed and open, no answer and no event says how anybody voted, not even the tally.
 *   <li>An open decision whose votes cite both sides of a contradiction has the hazard {@code conflict>20%}, whichever
 *       came first, until the last such contradiction has ended; hazards that somebody named stay
 *       ({@code EvidenceTransaction}). A sealed one gets it when it closes, so that nothing shows before.
 *   <li>A human's ruling changes no vote and no count. It is recorded once; the first answer stands.
 *   <li>A change, its events and its due row are committed together.
 * </ul>
 *
 * <h2>Who is missing</h2>
 *
 * A lost session does not block: it is shown as missing, and can vote when it is back. When voters and live electors
 * together are fewer than the quorum, {@code QuorumReach} gives the silent ones some time to come back
 * ({@code s2.consensus.quorum-patience}, 10 min), by the decision's due row. After that, and at once if the missing
 * ones have left, the decision cannot be made and closes ({@code QUORUM_UNREACHABLE}): a human is asked, without
 * waiting for the closing time.
 *
 * <h2>Large decisions</h2>
 *
 * The votes on one decision may say megabytes ({@code s2.consensus.max-words}), and each elector has an equal share of
 * that: nobody's words take the room of others ({@code Voting}). Callers who read, close or change a decision see all
 * votes. Such an answer becomes JSON once, on a worker thread ({@link io.infrafabric.bus.Aside}), within the
 * transaction if it is kept under a key.
 *
 * <h2>On failure</h2>
 *
 * The closing time is a due row, swept and delivered until it has had its effect; a process that dies loses nothing.
 * After a gap in which no part of the fabric ran, closing times move by its length ({@code ClosingTransaction}). Events
 * never outgrow an envelope: they carry counts, not words. A function that needs the words ({@code dissent}) reads
 * {@link io.infrafabric.consensus.Minutes} of a closed decision.
 *
 * <h2>A decision that was wrong</h2>
 *
 * When a falsifier is reported as observed, {@code DecisionRulingTransaction} opens a new decision that names the old
 * one, with the same question, electorate, rules and named hazards, and asks a human at once. The old one stays as it
 * is.
 *
 * <p>The room is on Hibernate Reactive ({@link io.infrafabric.bus.EntitySessions}): {@code …Row} classes are entities
 * and never leave it. Statements about many decisions at once are SQL on the same connection.
 */
package io.infrafabric.consensus;
