-- What calls to providers may cost, reserved before they are made: see io.infrafabric.budget.Reservations. "reserved" has been
-- taken out of the hold's "amount", so whatever ends the hold gives back only the rest, and the reservation holds its own part.
ALTER TABLE budget_hold ADD COLUMN reserved numeric(18,6) NOT NULL DEFAULT 0 CHECK (reserved >= 0);

-- A row for each call under way. "within" was taken out of the hold of its claim, "extra" was held besides.
CREATE TABLE budget_reservation (
    id        text          PRIMARY KEY,
    account   text          NOT NULL,
    hold      text,
    within    numeric(18,6) NOT NULL CHECK (within >= 0),
    extra     numeric(18,6) NOT NULL CHECK (extra >= 0),
    ends_at   timestamptz   NOT NULL,
    placed_at timestamptz   NOT NULL DEFAULT now(),
    CHECK (hold IS NOT NULL OR within = 0)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 1);
