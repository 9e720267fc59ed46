-- What agents export of their calls and what is not booked: see io.infrafabric.budget.ExportedCosts. Only shown; nothing adds it up.
CREATE TABLE budget_export (
    seq         bigint        GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account     text          NOT NULL,
    id          text          NOT NULL,
    why         text          NOT NULL CHECK (why IN ('UNKNOWN_PRICE', 'METERED')),
    task        text,
    epoch       bigint,
    model       text,
    tokens_in   bigint        NOT NULL,
    tokens_out  bigint        NOT NULL,
    -- What it would have cost; null if nobody knows.
    amount      numeric(18,6),
    happened_at timestamptz,
    at          timestamptz   NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX budget_export_once ON budget_export (account, id);
CREATE INDEX budget_export_old ON budget_export (account, at);
CREATE INDEX budget_export_listed ON budget_export (account, seq);

-- Which claims an account had at a time.
CREATE INDEX budget_hold_had ON budget_hold (account, placed_at) WHERE task IS NOT NULL;
