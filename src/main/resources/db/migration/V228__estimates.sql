-- Whether the total of a claim that is done is its estimate, because nobody had said what it cost: costs that its agent exports
-- later take its place. See io.infrafabric.budget.Hold.
ALTER TABLE budget_hold ADD COLUMN estimated boolean NOT NULL DEFAULT false;

-- Whether a human may still be asked about an account whose costs are not known: the next cost withdraws that.
ALTER TABLE budget_silence ADD COLUMN asked boolean NOT NULL DEFAULT false;
