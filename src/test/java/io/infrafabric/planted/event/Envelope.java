package io.infrafabric.planted.event;

/** Holds an event, which only the table of a function may take out. */
public record Envelope(Object event) {}
