package io.infrafabric.event;

/**
 * An event with something in it that only its function may know, or not yet. Nobody follows such events, operators neither, and
 * they see of one that was set aside only what is {@linkplain #shown() shown}.
 */
public interface Confidential {
    /** The same event without what is withheld: whose it is, and what it is about. */
    Event shown();
}
