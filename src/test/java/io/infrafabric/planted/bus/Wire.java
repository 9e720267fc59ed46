package io.infrafabric.planted.bus;

/** Something that the door has no business with. */
public record Wire() {}
