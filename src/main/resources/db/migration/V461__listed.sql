-- Each filter of the lists of decisions and votes has an index in the order of its page. All columns ascend: see
-- io.infrafabric.bus.NewestFirst.
CREATE INDEX consensus_decision_listed_state ON consensus_decision (state, opened_at, id);
CREATE INDEX consensus_decision_listed_swarm ON consensus_decision (swarm, opened_at, id);
CREATE INDEX consensus_decision_listed_swarm_state ON consensus_decision (swarm, state, opened_at, id);
DROP INDEX consensus_decision_swarm_page;
CREATE INDEX consensus_vote_listed ON consensus_vote (decision, at, session, number);
CREATE INDEX consensus_vote_listed_session ON consensus_vote (decision, session, at, number);

-- What an elector was asked, and whether it has voted, stands with the elector. Written by the database, so that a process of
-- the release before writes it too: electors are added in the transaction that opens their decision, whose time is now().
ALTER TABLE consensus_elector
    ADD COLUMN opened_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN voted     boolean     NOT NULL DEFAULT false;
UPDATE consensus_elector e
   SET opened_at = d.opened_at,
       voted = EXISTS (SELECT FROM consensus_vote v WHERE v.decision = e.decision AND v.session = e.session AND v.current)
  FROM consensus_decision d WHERE d.id = e.decision;
CREATE INDEX consensus_elector_listed ON consensus_elector (session, opened_at, decision);
CREATE INDEX consensus_elector_listed_voted ON consensus_elector (session, voted, opened_at, decision);

CREATE FUNCTION consensus_has_voted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE consensus_elector SET voted = true WHERE decision = NEW.decision AND session = NEW.session AND NOT voted;
    RETURN NULL;
END $$;
CREATE TRIGGER consensus_vote_first AFTER INSERT ON consensus_vote
    FOR EACH ROW WHEN (NEW.number = 1) EXECUTE FUNCTION consensus_has_voted();
