-- Each filter of the lists of cases, webhooks and deliveries, and each combination, has an index in the order of its page. All
-- columns ascend: see io.infrafabric.bus.NewestFirst.
CREATE INDEX escalation_case_listed_state ON escalation_case (state, opened_at, id);
CREATE INDEX escalation_case_listed_function ON escalation_case (function, opened_at, id);
CREATE INDEX escalation_case_listed_function_state ON escalation_case (function, state, opened_at, id);
CREATE INDEX escalation_case_listed_swarm ON escalation_case (swarm, opened_at, id);
CREATE INDEX escalation_case_listed_swarm_state ON escalation_case (swarm, state, opened_at, id);
CREATE INDEX escalation_case_listed_swarm_function ON escalation_case (swarm, function, opened_at, id);
CREATE INDEX escalation_case_listed_swarm_function_state ON escalation_case (swarm, function, state, opened_at, id);
DROP INDEX escalation_case_swarm_page;

CREATE INDEX escalation_webhook_listed_swarm ON escalation_webhook (swarm, name);

CREATE INDEX escalation_delivery_listed ON escalation_delivery (webhook, created_at, id);
CREATE INDEX escalation_delivery_listed_state ON escalation_delivery (webhook, state, created_at, id);
DROP INDEX escalation_delivery_page;
