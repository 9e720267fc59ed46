package io.infrafabric.gateway.source;

import io.infrafabric.input.SecretPlaces;
import io.infrafabric.problem.Problem;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The secrets of sources: by reference to a variable of the environment or to a file under one of the configured directories ({@link
 * SecretPlaces} has the rules), or as they are. A reference is followed whenever it is used, so that a secret can be changed where it
 * is.
 */
@ApplicationScoped
class SourceSecrets {
    private static final int LONGEST_KEPT = 512;

    private final SecretPlaces places;

    @Inject
    SourceSecrets(SourceConfig config) {
        this(
                SecretPlaces.directories(config.sourceSecretDirectories()),
                config.sourceOwnDirectory()
                        .filter(directory -> !directory.isBlank())
                        .map(Path::of));
    }

    SourceSecrets(List<Path> directories, Optional<Path> own) {
        this.places = new SecretPlaces(directories, own);
    }

    /** Gives a usable reference or secret back; a {@link Problem} does not show it. */
    String check(String field, String secret) {
        boolean usable = SecretPlaces.isReference(secret)
                ? places.isUsable(secret)
                : secret.length() <= LONGEST_KEPT && SecretPlaces.canBeSecret(secret);
        if (!usable) {
            throw Problem.badInput(
                    field,
                    "env:NAME with a name that begins with S2_KEY_, file:PATH with a path under one of"
                            + " s2.gateway.source-secret-directories, or 1 to " + LONGEST_KEPT
                            + " visible ASCII characters");
        }
        return secret;
    }

    /** The secret; empty if a reference leads nowhere. May read a file. */
    Optional<String> find(String secret) {
        return SecretPlaces.isReference(secret) ? places.find(secret) : Optional.of(secret);
    }
}
