-- Tables whose rows change again and again: they are vacuumed after a number of changes, and not after a share of the table,
-- which for a large table comes too late and for one of a few rows too. Each vacuum of one is short.

-- Large tables of which a small part changes. Claims read an index at its beginning, where dead entries gather.
ALTER TABLE coordinator_task SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);
ALTER TABLE coordinator_inbox SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 1);
ALTER TABLE bus_seen SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 1);
ALTER TABLE bus_due SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

-- A row for each session or outcome, and every command changes some.
ALTER TABLE coordinator_session SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE coordinator_outcome SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

-- Few rows, which change all the time.
ALTER TABLE bus_pulse SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100);
ALTER TABLE coordinator_usage SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
ALTER TABLE coordinator_turn SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE coordinator_concurrency SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
