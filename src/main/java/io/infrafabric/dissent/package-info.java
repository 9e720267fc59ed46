/**
 * Dissent (seed: P6): the memo of every closed decision, in which no objection can get lost, and which nobody can change.
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
 * What comes later is appended as an addendum and shown with the memo: a human's resolution, a falsifier that was observed or
 * has lapsed. {@code Markdown} shows the same to humans.
 *
 * <h2>The chain</h2>
 *
 * Memos and addenda are links of one chain ({@code Chain}): each holds the hash of the one before. A link is stored as the
 * canonical JSON (RFC 8785) that its hash is of, so an exported memo can be checked by any program, without us
 * ({@code docs/memos.md}). The head (position and hash of the last link) travels in the events; who keeps an old one notices
 * also when the end of the chain is cut off and the rest is consistent again. {@code Verification} (plain Java) verifies the whole
 * chain, with the memory of one page of it.
 *
 * <h2>Large memos</h2>
 *
 * A memo holds all that was said: up to {@code s2.consensus.max-words}, megabytes. Making, canonicalising, hashing and
 * checking links is done on worker threads ({@link io.infrafabric.bus.Aside}); the transaction, its connection and its
 * entities stay on their event loop. Meanwhile the head is under lock: others that append wait, and nobody else does.
 *
 * <h2>Searching</h2>
 *
 * One index for words, sessions, outcomes, swarms and places in the chain; {@code SearchTransaction} looks through the chain from
 * its end by pieces, each with one look into it. What is common is found in the newest piece, and where there is nothing a
 * look costs next to nothing. A memo is searched as a whole, a long one in parts ({@code Searched}). Dates are looked up as
 * positions: no memo is dated before the one that it follows.
 *
 * <h2>Falsifiers</h2>
 *
 * A dissenter may say what would show that the decision is wrong, and until when. When a session reports it, consensus puts
 * the decision to the vote again and a human is asked; when nobody does in time, the memo says that too.
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>One memo for each closed decision: the inbox, and a unique key.
 *   <li>Every rejection is in it byte for byte. What UTF-8 cannot hold was refused when the vote was cast.
 *   <li>The database refuses UPDATE, DELETE and TRUNCATE on links and on what they are found by. Whoever can turn that off
 *       still breaks the chain.
 *   <li>Two processes that append come one after the other: the head's row is locked first, before all else of this room.
 *   <li>An addendum is kept also if its memo is not written yet; both are facts, and may come in any order.
 * </ul>
 *
 * <h2>On failure</h2>
 *
 * A memo that cannot be written becomes a dead letter, which is listed, and replayed when mended: the votes stay where they
 * are. Until a memo is written, reading it says so ({@code IF_ERR_MEMO_PENDING}). Searching reads what is derived from links;
 * the chain does not cover it.
 *
 * <p>The room is on Hibernate Reactive ({@link io.infrafabric.bus.EntitySessions}): {@code …Row} are entities and never leave it.
 * Searches, and what is about many memos at once, are SQL on the same connection.
 */
package io.infrafabric.dissent;
