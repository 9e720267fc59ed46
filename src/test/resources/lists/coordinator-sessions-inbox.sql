--? session:told - /coordinator/sessions/told/inbox
INSERT INTO coordinator_swarm (id) VALUES ('few'), ('many') ON CONFLICT DO NOTHING;
INSERT INTO coordinator_session (id, swarm, domains, tools, max_tasks, heartbeat_seconds, state, silence_at, created_at, next_notice)
SELECT id, 'few', '{}', '{}', 1, 3600, 'LIVE', timestamptz '2100-01-01', timestamptz '2019-01-01', 11
  FROM (VALUES ('told'), ('flooded')) s(id);
INSERT INTO coordinator_inbox (session, seq, type, subject, data) SELECT 'told', i, 'note', 'n', '{}' FROM generate_series(1, 10) i;
INSERT INTO coordinator_inbox (session, seq, type, subject, data)
SELECT 'flooded', i, 'note', 'n', '{}' FROM generate_series(1, :n) i;
