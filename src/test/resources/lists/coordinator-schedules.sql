--? operator - /coordinator/schedules
--? operator swarm /coordinator/schedules?swarm=few
--? few - /coordinator/schedules
INSERT INTO coordinator_swarm (id) VALUES ('few'), ('many') ON CONFLICT DO NOTHING;
INSERT INTO coordinator_schedule (name, swarm, cron, zone, task, overlap, missed, paused, made_by, created_at)
SELECT 'few-' || i, 'few', '@hourly', 'UTC', '{"title":"t"}', 'SKIP', 'LAST', true, 'operator', timestamptz '2020-01-01'
  FROM generate_series(1, 10) i;
INSERT INTO coordinator_schedule (name, swarm, cron, zone, task, overlap, missed, paused, made_by)
SELECT 'many-' || i, 'many', '@hourly', 'UTC', '{"title":"t"}', 'SKIP', 'LAST', true, 'operator' FROM generate_series(1, :n) i;
