-- On AMQP, see io.infrafabric.bus.Again: since when a function's inbox has not moved. One batch may take longer than the time
-- between two looks, so two looks that find the same do not mean that the function stands still.
ALTER TABLE bus_again ADD COLUMN still_since timestamptz;
