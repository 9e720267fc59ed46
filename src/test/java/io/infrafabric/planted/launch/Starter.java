package io.infrafabric.planted.launch;

/** Something that nobody may import. */
public enum Starter {
    NAME
}
