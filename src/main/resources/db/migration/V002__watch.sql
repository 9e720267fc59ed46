-- Swarms in which a function has to hear of events that are written on demand only (io.infrafabric.event.OnDemand).
CREATE TABLE bus_watch (
    function text NOT NULL,
    swarm    text NOT NULL,
    PRIMARY KEY (function, swarm)
);
