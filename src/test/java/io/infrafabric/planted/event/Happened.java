package io.infrafabric.planted.event;

import io.infrafabric.planted.alpha.AlphaRule;

/** An event that knows a function. */
record Happened() {
    @Override
    public String toString() {
        return AlphaRule.decide().encode();
    }
}
