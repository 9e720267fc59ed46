-- All columns ascend: see io.infrafabric.bus.NewestFirst.
CREATE INDEX deadlock_history_listed_swarm ON deadlock_history (swarm, at, id);
DROP INDEX deadlock_history_page;
