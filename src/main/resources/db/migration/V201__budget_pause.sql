-- Accounts of swarms that are paused: nothing is held below them. See io.infrafabric.budget.

CREATE TABLE budget_pause (
    account text PRIMARY KEY,
    reason  text NOT NULL
);
INSERT INTO budget_pause (account, reason)
SELECT 'swarm:' || id, coalesce(paused_reason, 'paused') FROM coordinator_swarm WHERE paused;
