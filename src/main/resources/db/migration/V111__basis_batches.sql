-- What rests on a disputed claim is held back, and let go, so many tasks in one transaction. See io.infrafabric.coordinator.

-- "standing" is that of the claim when the dispute began: who is told later is told so, too.
ALTER TABLE coordinator_disputed ADD COLUMN standing text;

-- The tasks of a claim for which it is still to be turned.
DROP INDEX coordinator_basis_claim;
CREATE INDEX coordinator_basis_claim ON coordinator_basis (claim, disputed, task);
