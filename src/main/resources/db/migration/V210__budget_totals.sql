-- An account without a limit has the figures of itself as its sums. They were not kept when a hold was placed, but changed
-- when it ended, so what was held on such an account could never be given back: the end of the hold failed. What was spoiled
-- so is put right, and what failed is tried again.
UPDATE budget_account SET total_spent = spent, total_held = held
 WHERE daily_limit IS NULL AND (total_spent <> spent OR total_held <> held);

-- The first expiry of an account may be past without having had its effect: then its own due row is gone.
INSERT INTO bus_due (function, entity, at)
SELECT 'budget', 'expiry:' || account, now() FROM budget_hold
 WHERE state = 'PLACED' AND expires_at <= now() GROUP BY account ORDER BY 2
    ON CONFLICT (function, entity) DO NOTHING;

-- So may leases whose end would have ended such a hold, and sessions that would have lost them. Who is called too early looks,
-- and asks for the right time.
INSERT INTO bus_due (function, entity, at)
SELECT 'coordinator', 'lease:' || id, now() FROM coordinator_task WHERE state = 'CLAIMED' AND lease_until <= now() ORDER BY 2
    ON CONFLICT (function, entity) DO NOTHING;
INSERT INTO bus_due (function, entity, at)
SELECT 'coordinator', 'silence:' || id, now() FROM coordinator_session WHERE state = 'LIVE' AND silence_at <= now() ORDER BY 2
    ON CONFLICT (function, entity) DO NOTHING;
