package io.infrafabric.planted.bus;

/** What a table must not use. */
public record Transactions() {}
