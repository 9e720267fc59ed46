--? operator - /budget/accounts/purse/entries
--? operator to /budget/accounts/purse/entries?to=2021-01-01T00:00:00Z
--? operator from,to /budget/accounts/purse/entries?from=2019-01-01T00:00:00Z&to=2021-01-01T00:00:00Z
--? operator from /budget/accounts/purse/entries?from=2089-01-01T00:00:00Z
--? operator taskId /budget/accounts/purse/entries?taskId=rare
--? operator taskId,to /budget/accounts/purse/entries?taskId=rare&to=2021-01-01T00:00:00Z
INSERT INTO budget_account (id, parent, path, warn_at, daily_limit, created_at)
VALUES ('purse', 'org', '{org,purse}', 0.8, 5, timestamptz '2010-01-01');
INSERT INTO budget_entry (account, day, kind, spent, held, amount, task, by, at)
SELECT 'purse', date '2020-01-01', 'COST', 1, 0, 1, 'rare', 'o', at
  FROM (VALUES (timestamptz '2020-01-01', 'rare'), (timestamptz '2090-01-01', 'late')) e(at, task), generate_series(1, 10)
 WHERE task = 'rare';
INSERT INTO budget_entry (account, day, kind, spent, held, amount, task, by, at)
SELECT 'purse', date '2020-01-01', 'COST', 1, 0, 1, 'late', 'o', timestamptz '2090-01-01' FROM generate_series(1, 10);
INSERT INTO budget_entry (account, day, kind, spent, held, amount, task, by)
SELECT 'purse', current_date, 'COST', 1, 0, 1, 'task' || i, 'o' FROM generate_series(1, :n) i;
