package io.infrafabric.bulkhead.slot;

import java.util.function.Consumer;

/** A call that wants a slot, and who hears what becomes of it. It hears one verdict at most. */
final class WantedCall {
    private final String session;
    private final String model;
    private final Consumer<Verdict> hears;

    WantedCall(String session, String model, Consumer<Verdict> hears) {
        this.session = session;
        this.model = model;
        this.hears = hears;
    }

    String session() {
        return session;
    }

    String model() {
        return model;
    }

    void hear(Verdict verdict) {
        hears.accept(verdict);
    }
}
