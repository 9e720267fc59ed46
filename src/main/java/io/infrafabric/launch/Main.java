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
import java.util.Optional;
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
        if (cause instanceof QuarkusBindException bind) {
            System.err.println("Port " + bind.getPort() + " is taken. Choose another one: QUARKUS_HTTP_PORT="
                    + (bind.getPort() + 1));
        }
        ApplicationLifecycleManager.getDefaultExitCodeHandler().accept(code, cause);
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
