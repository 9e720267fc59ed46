-- Agents whose hooks are seen, and since when their costs should be: see io.infrafabric.budget.UnknownCosts.
CREATE TABLE budget_silence (
    account   text        PRIMARY KEY,
    enrolment bigint      NOT NULL,
    since     timestamptz NOT NULL,
    told      boolean     NOT NULL DEFAULT false
);
