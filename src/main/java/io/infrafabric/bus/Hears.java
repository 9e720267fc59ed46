package io.infrafabric.bus;

import java.util.Set;

/** What a function hears. Its {@code …Function} produces this, in each build that contains its channel. */
public interface Hears {

    /** The function's name. */
    String function();

    /** The names of the types on the wire, including those of what comes due for the function. */
    Set<String> types();
}
