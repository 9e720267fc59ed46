package io.infrafabric.launch;

import io.infrafabric.sample.Sample;
import io.infrafabric.sample.SampleConfig;
import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.vertx.http.HttpServer;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.Console;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Starts the fabric, shows where it is, and waits until it is told to stop. */
@QuarkusMain
public final class Main {

    // Referenced, or their levels would be lost with them. Their early messages would stand before a refusal, which is
    // all that its reader wants to see.
    private static final List<Logger> EARLY = List.of(
            Logger.getLogger("org.hibernate"),
            Logger.getLogger("org.flywaydb"),
            Logger.getLogger("org.jboss.logging"),
            Logger.getLogger("io.smallrye.config"));

    private static final String SAMPLE = "sample";

    /** The value of {@code s2.sample} with which an embedded run ends after the play. */
    private static final String ONCE = "once";

    private Main() {}

    /**
     * Runs until Ctrl-C or SIGTERM (exit code 0 after SIGTERM, 1 if the fabric cannot start). Arguments select
     * something else: {@code migrate} applies the migrations ({@link Migration}), {@code servers} runs the embedded
     * servers alone ({@link Holding}), {@code token} makes, lists and revokes tokens of operators and viewers
     * ({@link TokenCommand}), and {@code sample <url>} plays the sample swarm at the fabric there.
     */
    public static void main(String... args) {
        Termination.endsWithZero();
        EARLY.forEach(logger -> logger.setLevel(Level.WARNING));
        switch (args.length == 0 ? "" : args[0]) {
            case Migration.ARGUMENT -> {
                Migration.prepare();
                Quarkus.run(Migration.class, Main::exit, args);
            }
            case Holding.ARGUMENT -> {
                Migration.switchOff();
                Quarkus.run(Holding.class, Main::exit, args);
            }
            case TokenCommand.ARGUMENT -> TokenCommand.run(args, Main::exit);
            case SAMPLE -> System.exit(playElsewhere(args) ? 0 : 1);
            default -> Quarkus.run(Running.class, Main::exit, args);
        }
    }

    /** Whether the whole board was done. Needs no server of its own, but the token of an operator. */
    private static boolean playElsewhere(String... args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // Known when a binary is compiled: the player and its HTTP client are in that of the all-in-one only.
        if (!LaunchConfigSource.ALL_IN_ONE) {
            out.println("This build of one function does not play the sample: run the all-in-one.");
            return false;
        }
        Optional<String> token = Optional.ofNullable(System.getenv("S2_OPERATOR_TOKEN"));
        if (args.length != 2 || token.isEmpty()) {
            out.println("Usage: S2_OPERATOR_TOKEN=… java -jar quarkus-run.jar sample http://localhost:8080");
            return false;
        }
        Optional<String> wrong = Explanation.ofSettings();
        if (wrong.isPresent()) {
            System.err.println(wrong.get());
            return false;
        }
        SampleConfig config = new SmallRyeConfigBuilder()
                .addDefaultSources()
                .addDiscoveredConverters()
                .withMapping(SampleConfig.class)
                .build()
                .getConfigMapping(SampleConfig.class);
        return Sample.playAt(URI.create(args[1]), token.get(), config, out);
    }

    private static void exit(Integer code, Throwable cause) {
        if (cause != null) {
            explain(cause);
        }
        ApplicationLifecycleManager.getDefaultExitCodeHandler().accept(Termination.codeOf(code), cause);
    }

    /** Prints one sentence for what its reader can fix, a stack trace for the rest. */
    private static void explain(Throwable failure) {
        Explanation.of(failure).ifPresentOrElse(System.err::println, () -> failure.printStackTrace(System.err));
    }

    /** The fabric while it runs. */
    static final class Running implements QuarkusApplication {

        private final HttpServer http;
        private final String function;
        private final String version;
        private final String postgresUrl;
        private final String channelUrl;
        private final String embedded;
        private final Optional<Path> directory;
        private final Optional<String> operatorToken;
        private final String sample;
        private final SampleConfig sampleConfig;

        Running(
                HttpServer http,
                @ConfigProperty(name = BuildConfigSource.FUNCTION, defaultValue = BuildConfigSource.ALL)
                        String function,
                @ConfigProperty(name = "quarkus.application.version") String version,
                @ConfigProperty(name = LaunchConfigSource.POSTGRES_URL) String postgresUrl,
                @ConfigProperty(name = LaunchConfigSource.REDIS_URL) String redisUrl,
                @ConfigProperty(name = LaunchConfigSource.AMQP_URL) Optional<String> amqpUrl,
                @ConfigProperty(name = LaunchConfigSource.STARTED) Optional<String> embedded,
                @ConfigProperty(name = LaunchConfigSource.DIRECTORY) Optional<Path> directory,
                @ConfigProperty(name = "s2.door.operator-token") Optional<String> operatorToken,
                @ConfigProperty(name = "s2.sample", defaultValue = "auto") String sample,
                SampleConfig sampleConfig) {
            this.http = http;
            this.function = function;
            this.version = version;
            this.postgresUrl = postgresUrl;
            this.channelUrl = amqpUrl.orElse(redisUrl);
            this.embedded = embedded.orElse("");
            this.directory = directory;
            this.operatorToken = operatorToken;
            this.sample = sample;
            this.sampleConfig = sampleConfig;
        }

        @Override
        public int run(String... args) {
            // In UTF-8, whatever the locale of the terminal.
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            out.println(
                    function.equals(BuildConfigSource.ALL)
                            ? new Banner(version, http.getPort(), postgresUrl, channelUrl, embedded, directory).text()
                            : "S² fabric " + version + ": " + function + ", on port " + http.getPort());
            if (sample.equals(ONCE) && !isPlayed()) {
                System.err.println(
                        "S2_SAMPLE=once plays in an embedded run only: unset S2_POSTGRES_URL and S2_REDIS_URL.");
                return 1;
            }
            Optional<Thread> played = play(out);
            Termination.await();
            played.ifPresent(Thread::interrupt);
            return 0;
        }

        private boolean isPlayed() {
            return LaunchConfigSource.ALL_IN_ONE
                    && directory.isPresent()
                    && operatorToken.isPresent()
                    && !sample.equals("off");
        }

        /** An embedded run shows once what the fabric does: the sample plays nothing if it was played before. */
        private Optional<Thread> play(PrintStream out) {
            if (!isPlayed()) {
                return Optional.empty();
            }
            URI base = URI.create("http://127.0.0.1:" + http.getPort());
            if (sample.equals(ONCE)) {
                return Optional.of(Thread.ofVirtual()
                        .name("sample")
                        .start(() -> Quarkus.asyncExit(
                                Sample.playAt(base, operatorToken.get(), sampleConfig, out) ? 0 : 1)));
            }
            return Optional.of(Sample.start(base, operatorToken.get(), sampleConfig, out, isTerminal()));
        }

        private static boolean isTerminal() {
            return Optional.ofNullable(System.console())
                    .map(Console::isTerminal)
                    .orElse(false);
        }
    }
}
