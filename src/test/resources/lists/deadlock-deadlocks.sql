--? operator - /deadlock/deadlocks
--? operator swarm /deadlock/deadlocks?swarm=few
--? few - /deadlock/deadlocks
INSERT INTO deadlock_history (id, swarm, at, victim, cycle, members, ended, released, why, found_by)
SELECT gen_random_uuid(), 'few', timestamptz '2020-01-01', 'v', '{}', '{}', '{}', '{}', 'w', 'EDGE' FROM generate_series(1, 10);
INSERT INTO deadlock_history (id, swarm, at, victim, cycle, members, ended, released, why, found_by)
SELECT gen_random_uuid(), 'many', now(), 'v', '{}', '{}', '{}', '{}', 'w', 'EDGE' FROM generate_series(1, :n);
