package io.infrafabric.launch;

import io.infrafabric.door.identity.Misconfigured;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.SmallRyeConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.InvalidPathException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Why the fabric does not start: a sentence for what the person who started it can fix. */
final class Explanation {

    /** How SmallRye Config begins its messages. */
    private static final Pattern CODE = Pattern.compile("(?:[\\w.]+Exception: )?SRCFG\\d+: ");

    private static final Pattern WRONG_FORM = Pattern.compile(
            "The config property (\\S+) with the config value \"(.*)\" threw an Exception whilst being converted (.*)");

    private static final Pattern NO_SUCH = Pattern.compile("(\\S+) in (.*) does not map to any root");

    private static final Pattern NOT_OURS =
            Pattern.compile("applied migration not resolved locally: ([\\w.]+?)\\.?(?:\\s|$)");

    private static final int OPEN_PORT = 8080;
    private static final int LAST_PORT = 65_535;

    private Explanation() {}

    /** The sentence; absent for a failure that only a stack trace explains. */
    static Optional<String> of(Throwable failure) {
        String refused = System.getProperty(LaunchConfigSource.REFUSED);
        if (refused != null) {
            return Optional.of(refused);
        }
        return first(failure, Refusal.class)
                .map(Throwable::getMessage)
                .or(() -> first(failure, Misconfigured.class).map(Throwable::getMessage))
                .or(() -> first(failure, InvalidPathException.class).map(Explanation::ofPath))
                .or(() -> first(failure, QuarkusBindException.class)
                        .map(taken -> ofPort(taken.getHost(), taken.getPort())))
                .or(() -> ofMigrations(failure))
                // Quarkus reads settings of its own before it asks for ours.
                .or(Explanation::ofSettings)
                .or(() -> ofConfiguration(failure));
    }

    /** What is wrong with settings, if anything: a sentence each. */
    static Optional<String> ofSettings() {
        SmallRyeConfig config = ConfigUtils.emptyConfigBuilder().build();
        List<String> wrong = Settings.wrong(config.getPropertyNames().iterator(), config::getConfigValue);
        return wrong.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", wrong));
    }

    private static String ofPath(InvalidPathException unknown) {
        return "The path " + Setting.shown(unknown.getInput())
                + " has characters that this process cannot read, because" + " its locale is "
                + System.getProperty("sun.jnu.encoding") + ": start it with LC_ALL=C.UTF-8.";
    }

    /** Why nobody can listen there: the exception that tells of it knows the place, but not the reason. */
    static String ofPort(String host, int port) {
        try (ServerSocket again = new ServerSocket()) {
            again.bind(new InetSocketAddress(host, port));
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            if (reason.contains("Permission denied")) {
                return "Port " + port + " is not for this user. Choose one from 1024 on, for example with "
                        + "QUARKUS_HTTP_PORT=" + OPEN_PORT + ".";
            }
            if (!reason.contains("in use")) {
                return "Cannot listen on " + Setting.shown(host) + ", port " + port + " (" + reason
                        + "). QUARKUS_HTTP_HOST must be an address of this machine.";
            }
        }
        return "Port " + port + " is in use by another program. Choose another one, for example "
                + "with QUARKUS_HTTP_PORT=" + (port < 1024 ? OPEN_PORT : port == LAST_PORT ? port - 1 : port + 1) + ".";
    }

    /** Flyway is named by its message only: builds of single functions have none. */
    private static Optional<String> ofMigrations(Throwable failure) {
        return causes(failure)
                .filter(cause -> cause.getClass().getName().startsWith("org.flywaydb."))
                .findFirst()
                .map(cause -> ofMigrations(String.valueOf(cause.getMessage())));
    }

    /** What Flyway says, in a sentence. */
    static String ofMigrations(String message) {
        List<String> newer =
                NOT_OURS.matcher(message).results().map(found -> found.group(1)).toList();
        if (!newer.isEmpty()) {
            return "The schema is that of a newer release, with migrations that this one does not know ("
                    + String.join(", ", newer) + "). Start that release, or go back to a backup from before it.";
        }
        return "The migrations failed, and nothing was started: "
                + message.lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .limit(2)
                        .collect(Collectors.joining(" "));
    }

    /** A setting of Quarkus of which we know no more than its message says. */
    private static Optional<String> ofConfiguration(Throwable failure) {
        return first(failure, ConfigValidationException.class)
                .map(several -> IntStream.range(0, several.getProblemCount())
                        .mapToObj(i -> ofProblem(several.getProblem(i).getMessage()))
                        .collect(Collectors.joining("\n")))
                .or(() -> causes(failure)
                        .map(Throwable::getMessage)
                        .filter(message ->
                                message != null && CODE.matcher(message).lookingAt())
                        .findFirst()
                        .map(Explanation::ofProblem));
    }

    /** What a message of SmallRye Config says, in a sentence. */
    static String ofProblem(String message) {
        String plain = CODE.matcher(message).replaceAll("").strip();
        Matcher wrongForm = WRONG_FORM.matcher(plain);
        if (wrongForm.matches()) {
            return wrongForm.group(1) + " is " + Setting.shown(wrongForm.group(2)) + ", which has a wrong form: "
                    + wrongForm.group(3) + ".";
        }
        Matcher noSuch = NO_SUCH.matcher(plain);
        return noSuch.matches()
                ? "There is no setting " + noSuch.group(1) + " (it stands in " + noSuch.group(2) + ")."
                : "The settings are wrong: " + plain;
    }

    private static <T extends Throwable> Optional<T> first(Throwable failure, Class<T> type) {
        return causes(failure).filter(type::isInstance).map(type::cast).findFirst();
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause);
    }
}
