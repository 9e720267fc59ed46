/**
 * The budget (seed P3, IF.governor): money is held before it is spent, and a breaker stops who has spent it all. One
 * session once caused 90 % of a bill of $400, and $300 were gone before anybody looked.
 *
 * <h2>Accounts, holds, the ledger</h2>
 *
 * Accounts form a tree: {@code session:ann} below {@code swarm:phase0} below {@code org}. A limit on an account is for a UTC
 * day, and counts what the account and all below it spend and hold. A hold sets money aside; it belongs to a claim (placed,
 * carried on and ended in the transaction of the lease, {@link io.infrafabric.budget.ClaimHolds}) or stands free (over REST,
 * it expires by itself, {@code FreeHolds}).
 *
 * <pre>
 *            settle                                          a cost with the task's id draws on it: what is drawn is
 *   PLACED ----------> SETTLED   books the real amount       spent, what is not drawn stays held
 *     |      void
 *     +--------------> VOIDED    gives back what was not drawn
 *     |      time is over
 *     +--------------> EXPIRED   the same; a settle that comes later is still booked, since the money is gone
 * </pre>
 *
 * <h2>What always holds</h2>
 *
 * <ul>
 *   <li>A hold is granted only if spent + held + amount is within the limit at every level, decided under the lock of
 *       every account that has a limit ({@link io.infrafabric.budget.Purses}).
 *   <li>What has been spent is booked, also above a limit. Single costs and a claim's total tell of the same money: the
 *       larger of the two is booked ({@code Hold}), so nothing counts twice, in whatever order it is told, and a total that
 *       is less than what was reported takes nothing back.
 *   <li>The ledger is append-only (the database refuses anything else), and every balance is the sum of its rows; {@code
 *       GET /budget/check} proves it in one snapshot, and lists what is held past its end ({@link
 *       io.infrafabric.budget.LedgerProof}).
 *   <li>An amount is one row, on the account that it was spent by. Each account keeps the figures of what is booked on
 *       itself; one with a limit keeps the sums of all below it, too. One without is never written or locked by those
 *       below, so its sums are its own figures, and when it is read those of all below are added up: the number of accounts
 *       matters, never that of rows.
 *   <li>Nobody's word stops others: a report above the bound counts on its own account alone (below).
 *   <li>Below a swarm that is paused nothing more is held ({@link io.infrafabric.budget.Pauses}); what is held may be
 *       settled or given back.
 *   <li>A hold is changed only under its account's lock.
 * </ul>
 *
 * <h2>The breaker</h2>
 *
 * <pre>
 *             spent >= limit                         OPEN, reason BUDGET: until the next UTC day, a limit raised above
 *   CLOSED ------------------>                       what is spent and held, or an operator's reset
 *     ^       three failures in a row                OPEN, reason FAILURES: after 300 s
 *     +------ success of the probe, or reset ------- PROBE: one hold may try; a failure opens it again
 * </pre>
 *
 * When it opens, escalation asks a human; the answer comes back as {@code CaseResolved} and is carried out ({@code
 * CostRulingTransaction}). One that is not enough to close it is asked about again.
 *
 * <p>A success is recorded in the transaction of the completion ({@code ClaimHolds.end}), a failure comes as a fact, in any
 * order and maybe after a later success: their times decide ({@code Streak}). What
 * belongs to a day (spent, the warning, the allowance, an open breaker for want of money) is void on the next; what is held
 * is not. Where a transaction began before midnight and meets an account that has begun the new day, the new day counts.
 *
 * <h2>Reports above the bound, and corrections</h2>
 *
 * Costs are booked whatever the limit says, so a wrong one must not stop the whole organisation. A report of more than {@link
 * io.infrafabric.budget.BudgetConfig#maxReport()} is booked on its own account, whose breaker sees it, and set apart from all
 * above: cost, settle, what a completion or a failure says, and what comes too late. So is what an account with a limit books
 * beyond that limit and one bound more in a day. A human is asked ({@code COST_ABOVE_BOUND}), one question for an account at a
 * time: {@code COUNT} has it count above, {@code CORRECT} books what it really was. An operator corrects without being asked,
 * too. Both are entries of their own kinds, on the day that they are about; if that is today, what is spent follows at every
 * level, and a breaker closes where less than the limit is spent. Rows of {@code budget_apart} add up to what is set apart.
 *
 * <h2>Locks</h2>
 *
 * The order is that of {@link io.infrafabric.bus.Locks}. All who book share the lock on the tree. Who moves an account or gives
 * one its first limit takes the tree alone ({@code AccountTree}): the sums of all below are then worked out while nobody is
 * placing a hold.
 *
 * <h2>How it is built</h2>
 *
 * {@code Account}, {@code Apart}, {@code Hold}, {@code Streak}, {@code Purses}, {@code Closing} and {@code Tree} are the rules. What a
 * transaction is going to book is gathered in a {@code Journal}, which {@code LedgerTable} writes at once, along with the
 * events. Holds, settles and costs that are in flight at the same time share a transaction.
 *
 * <h2>On failure</h2>
 *
 * A process that dies between hold and settle leaves a hold that expires, or ends with its lease. A cost that is reported
 * twice has an id and counts once. While PostgreSQL is away calls get 503, and deadlines stand still; while Redis is away
 * costs over REST, holds and limits go on, and what comes over the channel comes some seconds later. A cost over the channel that cannot
 * be booked is a dead letter with the reason.
 */
package io.infrafabric.budget;
