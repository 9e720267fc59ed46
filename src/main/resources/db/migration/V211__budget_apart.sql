-- Reports above the bound: what is booked on its own account and does not count above it until a human says so. The rows of an
-- account and day add up to what is set apart; it becomes less when a human counts it, or corrects it.
CREATE TABLE budget_apart (
    seq     bigint        GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text          NOT NULL,
    day     date          NOT NULL,
    kind    text          NOT NULL,
    amount  numeric(24,6) NOT NULL,
    cost    text,
    by      text          NOT NULL,
    at      timestamptz   NOT NULL DEFAULT now()
);
CREATE INDEX budget_apart_account ON budget_apart (account, day);
CREATE INDEX budget_apart_day ON budget_apart (day);
CREATE TRIGGER budget_apart_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON budget_apart
    FOR EACH STATEMENT EXECUTE FUNCTION budget_refuse();

-- Not checked for what is there: that would read the whole ledger while nobody can book.
ALTER TABLE budget_entry
    DROP CONSTRAINT budget_entry_kind_check,
    ADD CONSTRAINT budget_entry_kind_check CHECK (kind IN
        ('HOLD', 'DRAW', 'SETTLE', 'VOID', 'EXPIRE', 'COST', 'RESET', 'COUNT', 'CORRECTION')) NOT VALID;
