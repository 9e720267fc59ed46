--? operator - /escalation/webhooks/hook/deliveries
--? operator state /escalation/webhooks/hook/deliveries?state=DEAD
--? operator state /escalation/webhooks/hook/deliveries?state=WAITING
INSERT INTO escalation_webhook (name, swarm, url, secret, min_severity, enabled, disabled_why, created_at, version)
VALUES ('hook', 'many', 'https://example.org', 's', 'LOW', false, 'test', now(), 1);
INSERT INTO escalation_delivery (id, webhook, case_id, type, body, state, attempt, before, next_at, created_at, ended_at, version)
SELECT gen_random_uuid(), 'hook', gen_random_uuid(), 't', '{}', state, 1, 0, CASE state WHEN 'WAITING' THEN timestamptz '2100-01-01' END,
       timestamptz '2020-01-01', CASE state WHEN 'DEAD' THEN now() END, 1
  FROM (VALUES ('DEAD'), ('WAITING')) s(state), generate_series(1, 10);
INSERT INTO escalation_delivery (id, webhook, case_id, type, body, state, attempt, before, created_at, ended_at, version)
SELECT gen_random_uuid(), 'hook', gen_random_uuid(), 't', '{}', 'DELIVERED', 1, 0, now(), now(), 1 FROM generate_series(1, :n);
