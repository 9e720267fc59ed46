--? operator - /coordinator/swarms
-- Not many: a list of tasks without a swarm looks each swarm up.
INSERT INTO coordinator_swarm (id, created_at) SELECT 'new-' || i, timestamptz '2090-01-01' FROM generate_series(1, 10) i;
