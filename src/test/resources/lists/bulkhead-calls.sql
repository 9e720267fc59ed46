--? operator - /bulkhead/calls
--? operator session /bulkhead/calls?session=few-1
--? operator provider /bulkhead/calls?provider=rare
--? operator task /bulkhead/calls?task=few-task
--? few - /bulkhead/calls
--? few provider /bulkhead/calls?provider=rare
--? few session,provider,task /bulkhead/calls?session=few-1&provider=rare&task=few-task
--? session:few-1 - /bulkhead/calls
INSERT INTO bulkhead_call (day, id, provider, model, session, swarm, task, epoch, estimate, started_at)
SELECT (now() AT TIME ZONE 'UTC')::date, gen_random_uuid(), 'rare', 'm', 'few-1', 'few', 'few-task', 1, 0, timestamptz '2020-01-01'
  FROM generate_series(1, 10) i;
INSERT INTO bulkhead_call (day, id, provider, model, session, swarm, task, epoch, estimate, started_at)
SELECT (now() AT TIME ZONE 'UTC')::date, gen_random_uuid(), 'often', 'm', 'many-1', 'many', 'many-task', 1, 0, now()
  FROM generate_series(1, :n) i;
