-- Accounts are listed by what is above them, and by their breakers. What is booked on an account changes none of these, so
-- booking costs what it did. All columns ascend: see io.infrafabric.bus.NewestFirst.
CREATE INDEX budget_account_listed_parent ON budget_account (parent, created_at, id);
CREATE INDEX budget_account_tripped ON budget_account (created_at, id) WHERE tripped OR probe_at IS NOT NULL;
CREATE INDEX budget_account_tripped_parent ON budget_account (parent, created_at, id) WHERE tripped OR probe_at IS NOT NULL;
CREATE INDEX budget_account_tripped_path ON budget_account USING gin (path) WHERE tripped OR probe_at IS NOT NULL;
CREATE INDEX budget_account_untripped ON budget_account (created_at, id) WHERE NOT (tripped OR probe_at IS NOT NULL);
CREATE INDEX budget_account_untripped_parent ON budget_account (parent, created_at, id)
    WHERE NOT (tripped OR probe_at IS NOT NULL);
