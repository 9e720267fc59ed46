package io.infrafabric.launch;

import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.vertx.http.HttpServer;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Starts the fabric, shows where it is, and waits until it is told to stop. */
@QuarkusMain
public final class Main {

    private Main() {}

    /** Runs until Ctrl-C or SIGTERM; exit code 1 if the fabric cannot start. */
    public static void main(String... args) {
        Quarkus.run(Running.class, Main::exit, args);
    }

    private static void exit(int code, Throwable cause) {
        if (cause != null) {
            explain(cause);
        }
        ApplicationLifecycleManager.getDefaultExitCodeHandler().accept(code, cause);
    }

    /** One sentence for what its reader can mend, a stack trace for the rest. */
    private static void explain(Throwable failure) {
        String refused = System.getProperty(LaunchConfigSource.REFUSED);
        Optional<QuarkusBindException> portTaken = Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .filter(QuarkusBindException.class::isInstance)
                .map(QuarkusBindException.class::cast)
                .findFirst();
        if (refused != null) {
            System.err.println(refused);
        } else if (portTaken.isPresent()) {
            int port = portTaken.get().getPort();
            System.err.println("Port " + port + " is taken by another program. Choose another one, for example with"
                    + " QUARKUS_HTTP_PORT=" + (port + 1) + ".");
        } else {
            failure.printStackTrace(System.err);
        }
    }

    /** The fabric while it runs. */
    static final class Running implements QuarkusApplication {

        private final HttpServer http;
        private final String version;
        private final String postgresUrl;
        private final String redisUrl;
        private final String embedded;
        private final Optional<Path> directory;

        Running(
                HttpServer http,
                @ConfigProperty(name = "quarkus.application.version") String version,
                @ConfigProperty(name = LaunchConfigSource.POSTGRES_URL) String postgresUrl,
                @ConfigProperty(name = LaunchConfigSource.REDIS_URL) String redisUrl,
                @ConfigProperty(name = LaunchConfigSource.STARTED) Optional<String> embedded,
                @ConfigProperty(name = LaunchConfigSource.DIRECTORY) Optional<Path> directory) {
            this.http = http;
            this.version = version;
            this.postgresUrl = postgresUrl;
            this.redisUrl = redisUrl;
            this.embedded = embedded.orElse("");
            this.directory = directory;
        }

        @Override
        public int run(String... args) {
            // In UTF-8 whatever the locale of the terminal says.
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            out.println(new Banner(version, http.getPort(), postgresUrl, redisUrl, embedded, directory).text());
            Quarkus.waitForExit();
            return 0;
        }
    }
}
