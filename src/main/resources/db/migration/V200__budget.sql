-- The budget: accounts, holds and the ledger. See io.infrafabric.budget.

-- What belongs to "day" (spent, allowance, warned, tripped) is void on any later day. "spent" and "held" are what was
-- booked on this account itself; "total_spent" and "total_held" are of it and all below it, kept only while it has a limit.
CREATE TABLE budget_account (
    id          text          PRIMARY KEY,
    parent      text          REFERENCES budget_account (id),
    path        text[]        NOT NULL,
    daily_limit numeric(18,6) CHECK (daily_limit >= 0),
    warn_at     numeric(7,6)  NOT NULL,
    day         date          NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
    spent       numeric(24,6) NOT NULL DEFAULT 0,
    held        numeric(24,6) NOT NULL DEFAULT 0 CHECK (held >= 0),
    total_spent numeric(24,6) NOT NULL DEFAULT 0,
    total_held  numeric(24,6) NOT NULL DEFAULT 0 CHECK (total_held >= 0),
    allowance   numeric(18,6) NOT NULL DEFAULT 0,
    warned      boolean       NOT NULL DEFAULT false,
    tripped     boolean       NOT NULL DEFAULT false,
    probe_at    timestamptz,
    probe_hold  text,
    outcomes    text          NOT NULL DEFAULT '',
    next_expiry timestamptz,
    version     bigint        NOT NULL DEFAULT 1,
    created_at  timestamptz   NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX budget_account_path ON budget_account USING gin (path);
CREATE INDEX budget_account_page ON budget_account (created_at DESC, id DESC);

-- "drawn" is the sum of single costs, "total" what its end said that all of it came to; the larger of the two is booked.
CREATE TABLE budget_hold (
    id          text          PRIMARY KEY,
    account     text          NOT NULL,
    amount      numeric(18,6) NOT NULL CHECK (amount >= 0),
    drawn       numeric(24,6) NOT NULL DEFAULT 0,
    total       numeric(18,6),
    state       text          NOT NULL DEFAULT 'PLACED' CHECK (state IN ('PLACED', 'SETTLED', 'VOIDED', 'EXPIRED')),
    task        text,
    first_epoch bigint,
    epoch       bigint,
    reference   text,
    by          text          NOT NULL,
    expires_at  timestamptz,
    placed_at   timestamptz   NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    CHECK ((task IS NULL) = (epoch IS NULL)),
    CHECK ((task IS NULL) = (expires_at IS NOT NULL))
) WITH (fillfactor = 80);
-- A task has one lease, so at most one hold that stands.
CREATE UNIQUE INDEX budget_hold_lease ON budget_hold (task) WHERE state = 'PLACED' AND task IS NOT NULL;
CREATE INDEX budget_hold_task ON budget_hold (task, epoch) WHERE task IS NOT NULL;
CREATE INDEX budget_hold_expiry ON budget_hold (account, expires_at) WHERE state = 'PLACED' AND expires_at IS NOT NULL;

-- Each amount is one row, on the account that it was spent by; what is above that account is summed up.
CREATE TABLE budget_entry (
    seq         bigint        GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account     text          NOT NULL,
    day         date          NOT NULL,
    kind        text          NOT NULL
                CHECK (kind IN ('HOLD', 'DRAW', 'SETTLE', 'VOID', 'EXPIRE', 'COST', 'RESET')),
    spent       numeric(18,6) NOT NULL,
    held        numeric(18,6) NOT NULL,
    amount      numeric(18,6) NOT NULL,
    hold        text,
    task        text,
    epoch       bigint,
    cost        text,
    model       text,
    tokens_in   bigint,
    tokens_out  bigint,
    what        text,
    by          text          NOT NULL,
    happened_at timestamptz,
    at          timestamptz   NOT NULL DEFAULT now()
);
CREATE INDEX budget_entry_page ON budget_entry (account, at DESC, seq DESC);
CREATE INDEX budget_entry_task ON budget_entry (task, seq) WHERE task IS NOT NULL;
CREATE UNIQUE INDEX budget_entry_cost ON budget_entry (account, cost) WHERE cost IS NOT NULL;

CREATE FUNCTION budget_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: no % on %.', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER budget_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON budget_entry
    FOR EACH STATEMENT EXECUTE FUNCTION budget_refuse();

-- Sessions that were enrolled before there were budgets get the account that they would have got.
INSERT INTO budget_account (id, path, warn_at) VALUES ('org', ARRAY['org'], 0.8);
INSERT INTO budget_account (id, parent, path, warn_at)
SELECT 'swarm:' || id, 'org', ARRAY['org', 'swarm:' || id], 0.8 FROM coordinator_swarm;
INSERT INTO budget_account (id, parent, path, warn_at, daily_limit)
SELECT 'session:' || id, 'swarm:' || swarm, ARRAY['org', 'swarm:' || swarm, 'session:' || id], 0.8, 50
  FROM coordinator_session;
