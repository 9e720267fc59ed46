--? operator - /budget/accounts/exporter/exports
INSERT INTO budget_account (id, parent, path, warn_at, daily_limit)
VALUES ('exporter', 'org', '{org,exporter}', 0.8, 5), ('exporters', 'org', '{org,exporters}', 0.8, 5);
INSERT INTO budget_export (account, id, why, model, tokens_in, tokens_out)
SELECT 'exporter', 'own' || i, 'UNKNOWN_PRICE', 'm', 1, 2 FROM generate_series(1, 10) i;
INSERT INTO budget_export (account, id, why, model, tokens_in, tokens_out)
SELECT 'exporters', 'noise' || i, 'METERED', 'm', 1, 2 FROM generate_series(1, :n) i;
