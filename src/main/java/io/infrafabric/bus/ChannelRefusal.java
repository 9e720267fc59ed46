package io.infrafabric.bus;

import java.io.IOException;

/** The channel's server answers, and refuses what is written: it is full, has no such queue, or does not allow it. */
final class ChannelRefusal extends IOException {
    private static final long serialVersionUID = 1;

    ChannelRefusal(String why) {
        super(why);
    }
}
