package io.infrafabric.chassis.credential;

import io.infrafabric.command.Canonical;
import java.util.Base64;

/** A new token: {@code s2c_} and 256 random bits. Only its {@linkplain #sha256 hash} may be kept; its text is for its bearer. */
public final class Handle {
    /** How many random bytes make one. */
    public static final int BYTES = 32;

    private static final String PREFIX = "s2c_";

    private final String token;

    private Handle(String token) {
        this.token = token;
    }

    /** A handle of {@value #BYTES} random bytes. */
    public static Handle of(byte[] random) {
        if (random.length != BYTES) {
            throw new IllegalArgumentException("A handle has " + BYTES + " random bytes.");
        }
        return new Handle(PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random));
    }

    /** For the answer to its bearer, and nothing else. */
    public String token() {
        return token;
    }

    /** What the database keeps. */
    public String sha256() {
        return Canonical.sha256(token);
    }

    /** Says nothing, so that it can stand in no log. */
    @Override
    public String toString() {
        return PREFIX + "…";
    }
}
