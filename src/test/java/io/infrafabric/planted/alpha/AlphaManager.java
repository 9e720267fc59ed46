package io.infrafabric.planted.alpha;

/** A name that says nothing. */
final class AlphaManager {
    private AlphaManager() {}
}
