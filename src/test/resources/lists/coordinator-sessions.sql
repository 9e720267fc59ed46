--? operator - /coordinator/sessions
--? operator swarm /coordinator/sessions?swarm=few
--? operator swarm,state /coordinator/sessions?swarm=many&state=LIVE
--? operator swarm,state /coordinator/sessions?swarm=many&state=LOST
--? operator state /coordinator/sessions?state=LOST
--? few - /coordinator/sessions
INSERT INTO coordinator_swarm (id) VALUES ('few'), ('many') ON CONFLICT DO NOTHING;
INSERT INTO coordinator_session (id, swarm, domains, tools, max_tasks, heartbeat_seconds, state, silence_at, created_at)
SELECT 'session-' || kind || '-' || i, CASE kind WHEN 'few' THEN 'few' ELSE 'many' END, '{}', '{}', 1, 60, state,
       timestamptz '2100-01-01', timestamptz '2020-01-01'
  FROM (VALUES ('few', 'LEFT'), ('a', 'LIVE'), ('b', 'LOST')) kinds(kind, state), generate_series(1, 10) i;
INSERT INTO coordinator_session (id, swarm, domains, tools, max_tasks, heartbeat_seconds, state)
SELECT 'session-noise-' || i, 'many', '{}', '{}', 1, 60, 'LEFT' FROM generate_series(1, :n) i;
