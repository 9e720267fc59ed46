/**
 * The budget (seed P3, IF.governor): money is held before it is spent, and a breaker stops sessions that have spent it
 * all. One session once caused 90 % of a bill of $400, and $300 were gone before anybody looked.
 *
 * <h2>Accounts, holds, the ledger</h2>
 *
 * Accounts form a tree: {@code session:ann} below {@code swarm:phase0} below {@code org}. A limit on an account applies
 * to a UTC day, and counts what the account and all below it spend and hold. A hold sets money aside; it belongs to a
 * claim (placed, carried on and ended in the transaction of the lease, {@link io.infrafabric.budget.ClaimHolds}) or
 * stands free (over REST, it expires by itself, {@code FreeHolds}).
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
 *   <li>Spending is always booked, even above a limit. Single costs and a claim's total report the same money: the
 *       larger of the two is booked ({@code Hold}), so nothing counts twice, in whatever order reports come, and a
 *       total below what was reported takes nothing back.
 *   <li>The ledger is append-only (the database refuses anything else), and every balance is the sum of its rows;
 *       {@code GET /budget/check} proves it in one snapshot, and lists holds past their end
 *       ({@link io.infrafabric.budget.LedgerProof}).
 *   <li>An amount is one row, on the account that spent it. Each account keeps the figures of what is booked on itself;
 *       one with a limit keeps the sums of all below it, too. Accounts below never write or lock one without a limit,
 *       so its sums are its own figures, and reading it adds up all below: the cost depends on the number of accounts,
 *       never on that of rows.
 *   <li>Nobody's report stops others: one above the bound counts on its own account only (see below).
 *   <li>Below a paused swarm nothing more is held ({@link io.infrafabric.budget.Pauses}); existing holds may be settled
 *       or given back.
 *   <li>What a call may cost is reserved before it is made ({@code Reservations}): taken out of its claim's hold as far as
 *       that reaches, and held besides beyond that. A reservation holds its amount itself until its call ends, so a claim
 *       that ends meanwhile gives back only the rest; the call's cost then draws on that claim as a late cost. A claim
 *       that is done without a word while a call runs costs what the call will cost, and not its estimate.
 *   <li>A hold changes only under its account's lock.
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
 * When it opens, escalation asks a human; the answer comes back as {@code CaseResolved} and
 * {@code CostRulingTransaction} carries it out. If it is not enough to close the breaker, a human is asked again.
 *
 * <p>A success is recorded in the transaction of the completion ({@code ClaimHolds.end}), a failure comes as a fact, in
 * any order and perhaps after a later success: their times decide ({@code Streak}). What belongs to a day (spending,
 * the warning, the allowance, a breaker that is open for lack of money) ends with the day; holds do not. If a
 * transaction began before midnight and meets an account that has begun the new day, the new day counts.
 *
 * <h2>Reports above the bound, and corrections</h2>
 *
 * Costs are booked whatever the limit says, so a wrong one must not stop the whole organisation. A report of more than
 * {@link io.infrafabric.budget.BudgetConfig#maxReport()} is booked on its own account, whose breaker sees it, and set
 * apart from all above. This applies to costs, settles, the totals of completions and failures, and late costs. It also
 * applies to what an account with a limit books in a day beyond that limit plus one bound. A human is asked
 * ({@code COST_ABOVE_BOUND}), one question for an account at a time: {@code COUNT} makes it count above,
 * {@code CORRECT} books the real amount. Operators may also correct without being asked. Both make entries of their own
 * kinds, on the day that they concern; if that is today, the spending follows at every level, and a breaker closes if
 * less than the limit is spent. Rows of {@code budget_apart} add up to what is set apart.
 *
 * <h2>What agents export</h2>
 *
 * {@link io.infrafabric.budget.ExportedCosts} books what agents' own telemetry tells of their calls, and keeps what it does not book,
 * to be shown. {@link io.infrafabric.budget.UnknownCosts} notices agents that work and of which no cost is seen.
 *
 * <h2>Locks</h2>
 *
 * The order is that of {@link io.infrafabric.bus.Locks}. All bookings share the lock on the tree. A transaction that
 * moves an account or gives one its first limit takes the tree exclusively ({@code AccountTree}), and adds up
 * everything below while nobody places a hold.
 *
 * <h2>How it is built</h2>
 *
 * {@code Account}, {@code Apart}, {@code Hold}, {@code Streak}, {@code Purses}, {@code Closing} and {@code Tree} are
 * the rules. A {@code Journal} gathers what a transaction will book, and {@code LedgerTable} writes it at once, along
 * with the events. Concurrent holds, settles and costs share a transaction.
 *
 * <h2>On failure</h2>
 *
 * A process that dies between hold and settle leaves a hold that expires, or ends with its lease. A cost with an id
 * counts once, even if it is reported twice. While PostgreSQL is away, calls get 503 and deadlines stand still. While
 * Redis is away, costs over REST, holds and limits go on, and events arrive some seconds later. A cost over the channel
 * that cannot be booked becomes a dead letter with the reason.
 */
package io.infrafabric.budget;
