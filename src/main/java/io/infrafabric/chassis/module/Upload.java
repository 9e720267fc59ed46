package io.infrafabric.chassis.module;

import io.infrafabric.chassis.module.Examination.Finding;
import io.infrafabric.chassis.run.Sandbox;
import io.infrafabric.command.Canonical;
import java.util.List;

/**
 * A module that was examined, and that the engine can run.
 *
 * @param sha256 of its bytes, in hexadecimal digits
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares or changes the bytes
record Upload(byte[] bytes, String sha256, List<String> imports) {

    /** What became of bytes that somebody sent. */
    sealed interface Examined {
        /** It may be kept. */
        record Good(Upload upload) implements Examined {}

        /**
         * It may not be kept.
         *
         * @param what the first thing that is in the way
         */
        record Bad(String what) implements Examined {}
    }

    /** Examines them. Takes up to a second for the largest ones: not for the event loop. */
    static Examined examined(byte[] bytes) {
        return switch (Examination.of(bytes)) {
            case Finding.Bad(String what) -> new Examined.Bad(what);
            case Finding.Good(List<String> imports) -> {
                String fault = Sandbox.fault(bytes);
                yield fault == null
                        ? new Examined.Good(new Upload(bytes, Canonical.sha256(bytes), imports))
                        : new Examined.Bad(fault);
            }
        };
    }
}
