--! 1200: a search looks through the two newest blocks of 1,024 positions, and then at stretch after stretch.
--? operator - /dissent/search
--? operator q /dissent/search?q=needle
--? operator session /dissent/search?session=rare
--? operator swarm /dissent/search?swarm=few
--? operator outcome /dissent/search?outcome=APPROVED
--? operator to /dissent/search?to=2021-01-01
--? operator from,to /dissent/search?from=2019-01-01&to=2021-01-01
--? operator q,swarm,outcome,session /dissent/search?q=needle&swarm=few&outcome=APPROVED&session=rare
--? few - /dissent/search
INSERT INTO dissent_link (position, kind, decision, swarm, body, size, previous, hash, at)
SELECT i, 'MEMO', 'memo-' || i, CASE WHEN i <= 10 THEN 'few' ELSE 'many' END, '{}', 2, 'p', 'h',
       CASE WHEN i <= 10 THEN timestamptz '2020-01-01' ELSE now() END FROM generate_series(1, :n + 10) i;
INSERT INTO dissent_memo (position, decision, swarm, summary, outcome, sessions, objected, at)
SELECT position, decision, swarm, 's', CASE swarm WHEN 'few' THEN 'APPROVED' ELSE 'REJECTED' END,
       CASE swarm WHEN 'few' THEN ARRAY['rare'] ELSE ARRAY['busy'] END, '{}', at FROM dissent_link WHERE decision LIKE 'memo-%';
INSERT INTO dissent_words (position, part, words)
SELECT position, 0, to_tsvector('simple', CASE swarm WHEN 'few' THEN 'a needle' ELSE 'some hay' END)
  FROM dissent_memo WHERE decision LIKE 'memo-%';
