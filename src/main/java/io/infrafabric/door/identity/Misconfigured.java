package io.infrafabric.door.identity;

/** Why this process cannot let anybody in: one sentence that tells its operator what to do. */
public final class Misconfigured extends IllegalStateException {

    Misconfigured(String sentence) {
        super(sentence);
    }

    Misconfigured(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
