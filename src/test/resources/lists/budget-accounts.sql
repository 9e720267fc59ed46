--? operator - /budget/accounts
--? operator parent /budget/accounts?parent=team
--? operator breaker /budget/accounts?breaker=OPEN
--? operator breaker /budget/accounts?breaker=PROBE
--? operator breaker /budget/accounts?breaker=CLOSED
--? operator parent,breaker /budget/accounts?parent=crowd&breaker=OPEN
--? few - /budget/accounts
--? few breaker /budget/accounts?breaker=CLOSED
INSERT INTO budget_account (id, parent, path, warn_at, daily_limit, created_at)
SELECT id, 'org', ARRAY['org', id], 0.8, 5, timestamptz '2010-01-01'
  FROM (VALUES ('team'), ('crowd')) a(id) ON CONFLICT DO NOTHING;
INSERT INTO budget_account (id, parent, path, warn_at, daily_limit, created_at)
VALUES ('swarm:few', 'org', '{org,swarm:few}', 0.8, 5, timestamptz '2010-01-01') ON CONFLICT DO NOTHING;
INSERT INTO budget_account (id, parent, path, warn_at, daily_limit, created_at, tripped, probe_at)
SELECT kind || i, parent, ARRAY['org', parent, kind || i], 0.8, 5, timestamptz '2020-01-01', tripped, probe_at
  FROM (VALUES ('t', 'team', false, NULL), ('f', 'swarm:few', false, NULL), ('o', 'crowd', true, NULL),
               ('p', 'crowd', false, timestamptz '2020-01-01')) kinds(kind, parent, tripped, probe_at), generate_series(1, 10) i
 WHERE kind <> 'f' OR i < 10;
INSERT INTO budget_account (id, parent, path, warn_at, daily_limit)
SELECT 'noise' || i, 'crowd', ARRAY['org', 'crowd', 'noise' || i], 0.8, 5 FROM generate_series(1, :n) i;
