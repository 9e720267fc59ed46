--? operator - /escalation/webhooks
--? few - /escalation/webhooks
INSERT INTO escalation_webhook (name, swarm, url, secret, min_severity, enabled, disabled_why, created_at, version)
SELECT 'zz' || i, 'few', 'https://example.org', 's', 'LOW', false, 'test', now(), 1 FROM generate_series(1, 10) i;
INSERT INTO escalation_webhook (name, swarm, url, secret, min_severity, enabled, disabled_why, created_at, version)
SELECT 'aa' || i, 'many', 'https://example.org', 's', 'LOW', false, 'test', now(), 1 FROM generate_series(1, :n) i;
