package io.infrafabric.bulkhead.forward;

import io.infrafabric.bulkhead.slot.Ended.Failure;
import io.infrafabric.problem.Code;
import io.infrafabric.problem.Problem;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;

/**
 * Why there is no connection to a provider.
 *
 * @param failure what counts against the provider
 * @param reason what an operator has to know to mend it; {@code null} if nothing more is known
 * @param isFinal whether another try would end the same way
 */
record NoConnection(Failure failure, String reason, boolean isFinal) {
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final int DEEPEST = 20;
    private static final int LONGEST = 300;

    static NoConnection of(Throwable cause) {
        if (cause instanceof SecurityException) {
            return new NoConnection(Failure.CONNECT, cause.getMessage(), true);
        }
        if (!(cause instanceof SSLException)) {
            return new NoConnection(Failure.CONNECT, null, false);
        }
        // Other messages may hold bytes that the other side has sent.
        return certificate(cause)
                .map(why -> new NoConnection(Failure.TLS, "its certificate is not accepted: " + why, true))
                .orElseGet(() -> new NoConnection(Failure.TLS, "TLS failed", false));
    }

    /** What is wrong with its certificate: untrusted, of another name, expired. */
    private static Optional<String> certificate(Throwable cause) {
        return Stream.iterate(cause, java.util.Objects::nonNull, Throwable::getCause)
                .limit(DEEPEST)
                .filter(GeneralSecurityException.class::isInstance)
                .reduce((_, deepest) -> deepest)
                .map(Throwable::getMessage)
                .map(why -> why.length() > LONGEST ? why.substring(0, LONGEST) : why);
    }

    /** What the caller is told; nothing was sent. */
    Problem problem(String provider) {
        return Problem.of(
                        Code.IF_ERR_PROVIDER_UNREACHABLE,
                        "No connection to " + provider + (reason == null ? "." : ": " + reason + "."))
                .with("provider", provider)
                .with("sent", false)
                .with("reason", reason)
                .after(SOON);
    }
}
