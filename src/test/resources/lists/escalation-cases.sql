--? operator - /escalation/cases
--? operator state /escalation/cases?state=OPEN
--? operator state /escalation/cases?state=ACKNOWLEDGED
--? operator function /escalation/cases?function=rescue
--? operator swarm /escalation/cases?swarm=few
--? operator state,function /escalation/cases?state=OPEN&function=budget
--? operator state,swarm /escalation/cases?state=OPEN&swarm=many
--? operator function,swarm /escalation/cases?function=rescue&swarm=many
--? operator state,function,swarm /escalation/cases?state=OPEN&function=budget&swarm=many
--? few - /escalation/cases
INSERT INTO escalation_case (id, function, subject, swarm, reason, severity, asked, options, evidence, occurrence, opened_at, state,
                             option, version)
SELECT gen_random_uuid(), CASE kind WHEN 'c' THEN 'rescue' ELSE 'budget' END, kind || i, CASE kind WHEN 'few' THEN 'few' ELSE 'many' END,
       'R', 'LOW', 'a', '{}', '{}', 'o', timestamptz '2020-01-01', state, CASE state WHEN 'RESOLVED' THEN 'X' END, 1
  FROM (VALUES ('few', 'RESOLVED'), ('a', 'OPEN'), ('b', 'ACKNOWLEDGED'), ('c', 'RESOLVED')) kinds(kind, state), generate_series(1, 10) i;
INSERT INTO escalation_case (id, function, subject, swarm, reason, severity, asked, options, evidence, occurrence, opened_at, state,
                             option, version)
SELECT gen_random_uuid(), 'budget', 'noise' || i, 'many', 'R', 'LOW', 'a', '{}', '{}', 'o', now(), 'RESOLVED', 'X', 1
  FROM generate_series(1, :n) i;
