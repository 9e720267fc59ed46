-- Each filter of the list of blockers has an index in the order of its page. Who helps is looked up by what is asked of them.
-- All columns ascend: see io.infrafabric.bus.NewestFirst.
CREATE INDEX rescue_blocker_listed ON rescue_blocker (raised_at, id);
CREATE INDEX rescue_blocker_listed_state ON rescue_blocker (state, raised_at, id);
CREATE INDEX rescue_blocker_listed_swarm_state ON rescue_blocker (swarm, state, raised_at, id);
