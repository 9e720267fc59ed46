package io.infrafabric.planted.sample;

/** Something that only the launch may import. */
public enum Play {
    NAME
}
