--? operator - /coordinator/tasks
--? operator swarm /coordinator/tasks?swarm=few
--? operator swarm,state /coordinator/tasks?swarm=many&state=WAITING
--? operator swarm,state /coordinator/tasks?swarm=many&state=QUEUED
--? operator swarm,state /coordinator/tasks?swarm=many&state=CLAIMED
--? operator swarm,state /coordinator/tasks?swarm=many&state=CHECKING
--? operator swarm,state /coordinator/tasks?swarm=many&state=DONE
--? operator swarm,state /coordinator/tasks?swarm=many&state=DEAD
--? operator swarm,state /coordinator/tasks?swarm=many&state=CANCELLED
--? operator state /coordinator/tasks?state=DEAD
--? operator assignee /coordinator/tasks?assignee=rare
--? operator swarm,assignee /coordinator/tasks?swarm=many&assignee=rare
--? operator assignee,state /coordinator/tasks?assignee=busy&state=WAITING
--? operator label /coordinator/tasks?label=kind:rare
--? operator swarm,label /coordinator/tasks?swarm=many&label=kind:rare&label=team:all
--? operator swarm,state,label /coordinator/tasks?swarm=many&state=QUEUED&label=kind:rare
--? few - /coordinator/tasks
INSERT INTO coordinator_swarm (id) VALUES ('few'), ('many') ON CONFLICT DO NOTHING;
INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, max_attempts, submitted_by, body_hash, state, assignee,
                              holder, lease_until, labels)
SELECT kind || '-' || i, CASE kind WHEN 'few' THEN 'few' ELSE 'many' END, kind, '{}', '{}', 1, 3, 'operator:o', 'h', state,
       CASE kind WHEN 'rare' THEN 'rare' WHEN 'busy' THEN 'busy' END, CASE WHEN state IN ('CLAIMED', 'CHECKING') THEN 'holder' END,
       CASE state WHEN 'CLAIMED' THEN timestamptz '2100-01-01' END,
       CASE kind WHEN 'a' THEN '{kind:rare,team:all}'::text[] END
  FROM (VALUES ('few', 'DONE'), ('rare', 'DONE'), ('busy', 'WAITING'), ('a', 'QUEUED'), ('b', 'CLAIMED'), ('c', 'DEAD'),
               ('d', 'CANCELLED'), ('e', 'CHECKING')) kinds(kind, state), generate_series(1, 10) i;
INSERT INTO coordinator_task (id, swarm, title, domains, tools, priority, max_attempts, submitted_by, body_hash, state, assignee,
                              labels)
SELECT 'noise-' || i, 'many', 'noise', '{}', '{}', 1, 3, 'operator:o', 'h', 'DONE', CASE WHEN i % 2 = 0 THEN 'busy' END,
       ARRAY['kind:other', 'team:all']
  FROM generate_series(1, :n) i;
