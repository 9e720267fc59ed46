package io.infrafabric.planted.alpha;

import io.infrafabric.planted.event.Envelope;

/** Does not say in which builds it is, and switches over what it is told. */
final class AlphaFunction {
    private AlphaFunction() {}

    static String on(Envelope envelope) {
        return switch (envelope.event()) {
            case String heard -> heard;
            case Object ignored -> "not for " + ignored;
        };
    }
}
