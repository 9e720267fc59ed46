/**
 * Consensus (seed: P5): decisions that are put to the sessions of a swarm, and decide only if enough of them vote.
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
 * {@code Opening} freezes what it opens with, and who may loosen that. {@code Voting} says what becomes of a vote.
 * {@code Rules} makes an outcome of a {@code VoteTally}, with exact arithmetic: votes are multiplied by the share that is asked
 * for, nothing is divided. {@code Independence} tells how many independent voters the voters are worth (Kish's design
 * effect); that is shown, and decides only if the decision asks for a minimum.
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>A decision closes once, and its count is the count of its votes. The decision's row owns the count: whoever takes a
 *       vote in, or closes, locks it first and counts in the next statement. It does not matter how many processes there are.
 *   <li>One vote for each elector: a unique key on the current one. Earlier ones are kept.
 *   <li>Votes count before the closing time, not at it, whether or not somebody has closed the decision yet. The database's
 *       clock says what time it is.
 *   <li>Nobody votes for another, and nobody votes who was not in the electorate (a foreign key).
 *   <li>While a decision is sealed and open, no answer and no event says how anybody voted, not even the tally.
 *   <li>An open decision whose votes cite both sides of a contradiction has the hazard {@code conflict>20%}, whichever came
 *       first, until the last such contradiction has ended; what somebody named stays ({@code EvidenceTransaction}). A sealed one gets
 *       it as it closes, so that nothing shows before.
 *   <li>What a human decides changes no vote and no count. It is recorded once; the first answer stands.
 *   <li>A change, its events and its due row are committed together.
 * </ul>
 *
 * <h2>Who is missing</h2>
 *
 * A session that is lost does not block: it is shown as missing, and can vote when it is back. When those who have voted and
 * those who are live and could still vote are fewer than the quorum, {@code QuorumReach} gives those who are silent some time to
 * come back ({@code s2.consensus.quorum-patience}, 10 min), by the decision's due row. After that, and at once if those who
 * are missing have left, the decision is not going to be made, and closes ({@code QUORUM_UNREACHABLE}): a human is asked
 * instead of waiting for the closing time.
 *
 * <h2>Large decisions</h2>
 *
 * The votes on one decision may say megabytes ({@code s2.consensus.max-words}), and each elector has an equal part of that:
 * what some say never takes the room of others ({@code Voting}). Who reads, closes or changes a decision is shown all votes. Such an answer becomes JSON once, on a worker thread ({@link io.infrafabric.bus.Aside}), within the
 * transaction if it is kept for a key.
 *
 * <h2>On failure</h2>
 *
 * The closing time is a due row, swept and delivered until it has had its effect; a process that dies loses nothing. After a
 * gap in which nothing of the fabric ran, closing times move on by it ({@code ClosingTransaction}). Events larger than an envelope
 * cannot arise: they carry counts, not words; who needs the words ({@code dissent}) reads {@link
 * io.infrafabric.consensus.Minutes} of a closed decision.
 *
 * <h2>A decision that was wrong</h2>
 *
 * When a falsifier is reported as observed, {@code DecisionRulingTransaction} opens a new decision that names the old one, with the same
 * question, electorate, rules and named hazards, and a human is asked at once. The old one stays as it is.
 *
 * <p>The room is on Hibernate Reactive ({@link io.infrafabric.bus.EntitySessions}): {@code …Row} are entities and never leave it.
 * Statements about many decisions at once are SQL on the same connection.
 */
package io.infrafabric.consensus;
