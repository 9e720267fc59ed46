--? operator - /coordinator/audit
--? operator by /coordinator/audit?by=rare
--? operator entity /coordinator/audit?entity=task:rare
--? operator to /coordinator/audit?to=2021-01-01T00:00:00Z
--? operator from,to /coordinator/audit?from=2019-01-01T00:00:00Z&to=2021-01-01T00:00:00Z
--? operator from,by /coordinator/audit?from=2019-01-01T00:00:00Z&by=rare
--? operator by,entity /coordinator/audit?by=rare&entity=task:rare
--? few by /coordinator/audit?by=rare
--? few entity /coordinator/audit?entity=task:rare
INSERT INTO door_audit (at, by, swarm, call, entity)
SELECT timestamptz '2020-01-01', 'rare', 'few', 'POST /x', 'task:rare' FROM generate_series(1, 10);
INSERT INTO door_audit (by, swarm, call, entity) SELECT 'ann', 'few', 'POST /x', 'task:' || i FROM generate_series(1, :n) i;
