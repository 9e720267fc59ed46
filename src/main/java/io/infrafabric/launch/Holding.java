package io.infrafabric.launch;

import io.quarkus.runtime.QuarkusApplication;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Runs the embedded servers, migrated, and nothing else, for processes of single functions on the same machine:
 * {@code java -jar quarkus-run.jar servers}. The file {@code <data directory>/servers.env} has their addresses as
 * environment variables, readable only by its owner, from the moment they can be used until this process ends.
 */
final class Holding implements QuarkusApplication {

    /** The argument that asks for it. */
    static final String ARGUMENT = "servers";

    private final String postgresUrl;
    private final String postgresUser;
    private final Optional<String> postgresPassword;
    private final String redisUrl;
    private final Optional<Path> directory;
    private final Optional<String> operatorToken;

    Holding(
            @ConfigProperty(name = LaunchConfigSource.POSTGRES_URL) String postgresUrl,
            @ConfigProperty(name = LaunchConfigSource.POSTGRES_USER) String postgresUser,
            @ConfigProperty(name = LaunchConfigSource.POSTGRES_PASSWORD) Optional<String> postgresPassword,
            @ConfigProperty(name = LaunchConfigSource.REDIS_URL) String redisUrl,
            @ConfigProperty(name = LaunchConfigSource.DIRECTORY) Optional<Path> directory,
            @ConfigProperty(name = "s2.door.operator-token") Optional<String> operatorToken) {
        this.postgresUrl = postgresUrl;
        this.postgresUser = postgresUser;
        this.postgresPassword = postgresPassword;
        this.redisUrl = redisUrl;
        this.directory = directory;
        this.operatorToken = operatorToken;
    }

    @Override
    public int run(String... args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        if (directory.isEmpty()) {
            out.println("There are no servers to run: S2_POSTGRES_URL or S2_REDIS_URL names them already. Unset both.");
            return 1;
        }
        Path file = directory.get().resolve("servers.env");
        Path draft = directory.get().resolve("servers.env.draft");
        // Renamed only when it is complete, so that waiters read all of it.
        DataDirectory.writePrivate(draft, """
                S2_POSTGRES_URL='%s'
                S2_POSTGRES_USER='%s'
                S2_POSTGRES_PASSWORD='%s'
                S2_REDIS_URL='%s'
                S2_JWT_KEY_FILE='%s'
                S2_OPERATOR_TOKEN='%s'
                """.formatted(
                        postgresUrl,
                        postgresUser,
                        postgresPassword.orElse(""),
                        redisUrl,
                        directory.get().resolve("jwt.key"),
                        operatorToken.orElse("")));
        Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
        out.println("Running a PostgreSQL and a Redis; their addresses are in " + file);
        Termination.await();
        Files.deleteIfExists(file);
        return 0;
    }
}
