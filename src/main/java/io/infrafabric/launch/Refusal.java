package io.infrafabric.launch;

/** Why the fabric does not start: one clear sentence that tells the person who started it what to do. */
final class Refusal extends IllegalStateException {

    Refusal(String sentence) {
        super(sentence);
    }

    Refusal(String sentence, Throwable cause) {
        super(sentence + " (" + cause.getMessage() + ")", cause);
    }
}
