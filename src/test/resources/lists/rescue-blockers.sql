--? operator - /rescue/blockers
--? operator swarm /rescue/blockers?swarm=few
--? operator state /rescue/blockers?state=ASKING
--? operator swarm,state /rescue/blockers?swarm=many&state=ASKING
--? operator rescuer /rescue/blockers?rescuer=rare
--? operator swarm,rescuer /rescue/blockers?swarm=many&rescuer=rare
--? operator state,rescuer /rescue/blockers?state=ASKING&rescuer=rare
--? few - /rescue/blockers
INSERT INTO rescue_blocker (id, swarm, session, description, domains, tools, severity, state, left_out, version, raised_at)
SELECT 'blocker-' || kind || '-' || i, CASE kind WHEN 'few' THEN 'few' ELSE 'many' END, 'stuck', 'd', '{}', '{}', 'LOW', state, '[]', 1,
       timestamptz '2020-01-01'
  FROM (VALUES ('few', 'RESOLVED'), ('a', 'ASKING')) kinds(kind, state), generate_series(1, 10) i;
INSERT INTO rescue_blocker (id, swarm, session, description, domains, tools, severity, state, left_out, version, raised_at)
SELECT 'blocker-noise-' || i, 'many', 'stuck', 'd', '{}', '{}', 'LOW', 'RESOLVED', '[]', 1, now() FROM generate_series(1, :n) i;
INSERT INTO rescue_ask (blocker, session, state, domain, tool, recent_success, asked_at, until)
SELECT 'blocker-a-' || i, 'rare', 'ASKED', 0, 0, 0, now(), timestamptz '2100-01-01' FROM generate_series(1, 10) i;
