-- Each filter of the list of falsifiers has an index in the order of its page. All columns ascend: see
-- io.infrafabric.bus.NewestFirst.
CREATE INDEX dissent_falsifier_listed_swarm ON dissent_falsifier (swarm, id);
CREATE INDEX dissent_falsifier_listed_state ON dissent_falsifier (state, id);
CREATE INDEX dissent_falsifier_listed_swarm_state ON dissent_falsifier (swarm, state, id);
