/**
 * Dissent (seed: P6): the memo of every closed decision, in which no objection gets lost, and which nobody can change.
 *
 * <h2>A memo</h2>
 *
 * <pre>
 *   consensus: DecisionClosed --> DissentFunction
 *        read what was said (Minutes)             consensus/Decisions
 *        make the memo of it                      Memo, ReviewTier (plain Java)
 *        lock the chain's end, append a link      Chain (plain Java), ChainTransaction
 *        index its words                          Searched (plain Java), MemoTransaction
 *        name its falsifiers, each with a due row
 *        MemoRecorded, with the new head; COMMIT
 * </pre>
 *
 * Later facts are appended as addenda and shown with the memo: a human's ruling, or a falsifier that was observed or
 * has lapsed. {@code Markdown} shows the same to humans.
 *
 * <h2>The chain</h2>
 *
 * Memos and addenda are links of one chain ({@code Chain}): each holds the hash of the one before. A link is stored as
 * the canonical JSON (RFC 8785) that its hash covers, so any program can check an exported memo, without us
 * ({@code docs/memos.md}). The head (position and hash of the last link) travels in the events; anybody who keeps an
 * old one also notices when the end of the chain is cut off and the rest is consistent again. {@code Verification}
 * (plain Java) verifies the whole chain with the memory of one page.
 *
 * <h2>Large memos</h2>
 *
 * A memo holds everything that was said: up to {@code s2.consensus.max-words}, which is megabytes. Worker threads make,
 * canonicalise, hash and check links ({@link io.infrafabric.bus.Aside}); the transaction, its connection and its
 * entities stay on their event loop. Meanwhile the head is locked, so other writers of the chain wait, and nobody else
 * does.
 *
 * <h2>Searching</h2>
 *
 * One index for words, sessions, outcomes, swarms and places in the chain; {@code SearchTransaction} goes through the
 * chain from its end in pieces, each with one look into the index. Common words turn up in the newest piece, and a look
 * without a match costs next to nothing. A memo is searched as a whole, a long one in parts ({@code Searched}). Dates
 * are looked up as positions, because no memo has an earlier date than its predecessor.
 *
 * <h2>Falsifiers</h2>
 *
 * A dissenter may say what would show that the decision is wrong, and by when. When a session reports it, consensus
 * puts the decision to the vote again and a human is asked. If nobody reports it in time, the memo says that too.
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>One memo for each closed decision: the inbox, and a unique key.
 *   <li>Every rejection is in it byte for byte. Text that UTF-8 cannot hold was refused when the vote was cast.
 *   <li>The database refuses UPDATE, DELETE and TRUNCATE on links and their search keys. Anybody who turns that off and
 *       changes a link still breaks the chain.
 *   <li>Two appending processes take turns: the head's row is locked before everything else in this room.
 *   <li>An addendum is kept even if its memo is not written yet: both are facts, and may come in any order.
 * </ul>
 *
 * <h2>On failure</h2>
 *
 * A memo that cannot be written becomes a dead letter, which is listed, and replayed once the fault is fixed; the votes
 * stay where they are. Until a memo is written, reading it says so ({@code IF_ERR_MEMO_PENDING}). Searches read data
 * derived from links, which the chain does not cover.
 *
 * <p>The room is on Hibernate Reactive ({@link io.infrafabric.bus.EntitySessions}): {@code …Row} classes are entities
 * and never leave it. Searches, and statements about many memos at once, are SQL on the same connection.
 */
package io.infrafabric.dissent;
