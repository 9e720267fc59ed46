--? operator - /budget/prices
--? operator provider /budget/prices?provider=shop
--? operator model /budget/prices?model=small
--? operator provider,model /budget/prices?provider=shop&model=small
INSERT INTO budget_price (provider, model, from_at, input, output, set_by)
SELECT 'shop', 'small', timestamptz '2020-01-01' + i * interval '1 day', 1, 2, 'o' FROM generate_series(1, 10) i;
INSERT INTO budget_price (provider, model, from_at, input, output, set_by)
SELECT 'crowd', 'noise' || i, timestamptz '2020-01-01', 1, 2, 'o' FROM generate_series(1, :n) i;
