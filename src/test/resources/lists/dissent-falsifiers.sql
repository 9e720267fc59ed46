--? operator - /dissent/falsifiers
--? operator swarm /dissent/falsifiers?swarm=few
--? operator decision /dissent/falsifiers?decision=rare
--? operator state /dissent/falsifiers?state=OBSERVED
--? operator state /dissent/falsifiers?state=OPEN
--? operator swarm,state /dissent/falsifiers?swarm=many&state=OBSERVED
--? operator swarm,decision /dissent/falsifiers?swarm=many&decision=rare
--? operator decision,state /dissent/falsifiers?decision=rare&state=OBSERVED
--? few - /dissent/falsifiers
INSERT INTO dissent_falsifier (id, decision, swarm, named_by, statement, due_at, state, ended_at)
SELECT ('00000000-0000-7000-8000-' || lpad((shift + i)::text, 12, '0'))::uuid, CASE kind WHEN 'b' THEN 'rare' ELSE kind END,
       CASE kind WHEN 'few' THEN 'few' ELSE 'many' END, 'ann', 's', timestamptz '2100-01-01', state,
       CASE WHEN state <> 'OPEN' THEN now() END
  FROM (VALUES ('few', 'LAPSED', 0), ('a', 'OPEN', 10), ('b', 'OBSERVED', 20)) kinds(kind, state, shift), generate_series(1, 10) i;
INSERT INTO dissent_falsifier (id, decision, swarm, named_by, statement, due_at, state, ended_at)
SELECT ('00000000-0000-7000-8000-' || lpad((100 + i)::text, 12, '0'))::uuid, 'decision' || i, 'many', 'ann', 's', now(), 'LAPSED', now()
  FROM generate_series(1, :n) i;
