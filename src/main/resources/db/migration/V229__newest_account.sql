-- Each booking leaves a dead version of its account's row. While a transaction with an old snapshot is open, nothing removes
-- them, and "WHERE id = ..." reads them all, from the oldest to the newest. This reads from the other end: entries of an
-- index that are equal stand in the order of their place in the table, which grows, so the newest comes first. It is right
-- whatever the order is, because only one version can be seen. PostgreSQL puts it in line; io.infrafabric.budget.Newest has
-- the same where a row must also be locked or written.
CREATE FUNCTION budget_newest(text) RETURNS SETOF budget_account LANGUAGE sql STABLE AS $$
    SELECT * FROM budget_account WHERE id >= $1 AND id <= $1 ORDER BY id DESC LIMIT 1
$$;
