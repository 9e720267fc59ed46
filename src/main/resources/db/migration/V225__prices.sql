-- Prices that operators set, in US dollars per million tokens; see io.infrafabric.budget.price. Each holds until the next one
-- of its model begins. "tiers": [{"above": tokens of input, "input": …, "output": …, …}, …], ascending.
CREATE TABLE budget_price (
    seq            bigint        GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider       text          NOT NULL,
    model          text          NOT NULL,
    from_at        timestamptz   NOT NULL,
    input          numeric(13,6) NOT NULL CHECK (input >= 0),
    output         numeric(13,6) NOT NULL CHECK (output >= 0),
    cache_read     numeric(13,6) CHECK (cache_read >= 0),
    cache_write    numeric(13,6) CHECK (cache_write >= 0),
    cache_write_1h numeric(13,6) CHECK (cache_write_1h >= 0),
    tiers          jsonb         NOT NULL DEFAULT '[]',
    set_by         text          NOT NULL,
    set_at         timestamptz   NOT NULL DEFAULT now(),
    UNIQUE (provider, model, from_at)
);
CREATE INDEX budget_price_of_provider ON budget_price (provider, seq);
CREATE INDEX budget_price_of_name ON budget_price (model, seq);
CREATE INDEX budget_price_of_model ON budget_price (provider, model, seq);
