package io.infrafabric.fabric;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Builds of single functions, made as a user makes them, {@code ./mvnw package -Dfunction=<function>}, once in a JVM of
 * tests; except that the classes, which are the same in all of them, are not compiled again, which takes most of the time.
 */
public final class Builds {

    private static final Path BASE = Path.of("").toAbsolutePath();
    private static final long PATIENCE_MINUTES = 10;
    private static final Map<String, Path> MADE = new ConcurrentHashMap<>();

    /** What Quarkus generates to call a REST method, a channel's method, and a scheduled one. */
    private static final Pattern INVOKER = Pattern.compile(
            "io/infrafabric/([\\w/]+)/(\\w+)(?:\\$quarkusrestinvoker\\$|_SmallRyeMessagingInvoker_|_ScheduledInvoker_)"
                    + "(\\w+?)_[0-9a-f]{40}\\.class");

    private Builds() {}

    /** The directory of the build of this function, or of {@code all}, in which {@code quarkus-run.jar} is. */
    public static Path of(String function) {
        return MADE.computeIfAbsent(function, Builds::make);
    }

    /**
     * What a build calls from outside, as Quarkus has compiled it in: {@code budget.BudgetFunction#on} for a channel, a REST
     * operation or scheduled work.
     *
     * @param kind the name of the generated class contains this: {@code quarkusrest}, {@code Messaging}, {@code Scheduled}
     */
    public static Set<String> invokers(Path build, String kind) {
        return generated(build).stream()
                .map(INVOKER::matcher)
                .filter(Matcher::matches)
                .filter(invoker -> invoker.group().contains(kind))
                .map(invoker -> invoker.group(1).replace('/', '.') + "." + invoker.group(2) + "#" + invoker.group(3))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Whether a build has the bean of this class, {@code bus.EntitySessions}: Quarkus leaves out what nobody uses. */
    public static boolean hasBean(Path build, String type) {
        return generated(build).contains("io/infrafabric/" + type.replace('.', '/') + "_Bean.class");
    }

    private static Set<String> generated(Path build) {
        try (JarFile generated =
                new JarFile(build.resolve("quarkus/generated-bytecode.jar").toFile())) {
            return generated.stream().map(JarEntry::getName).collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Builds one, with these arguments besides, by a Maven of its own; what that wrote, and its exit code. */
    public static Result attempt(String function, String... arguments) {
        try {
            copyClasses(BASE.resolve("target/classes"), directory(function).resolve("classes"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> all = new ArrayList<>(List.of("package", "-Dfunction=" + function, "-Dmaven.main.skip=true"));
        all.addAll(List.of(arguments));
        return maven(all);
    }

    /** Copies an artifact ({@code group:name:version}) into this directory; Maven fetches it if it is not here yet. */
    static Path artifact(String coordinates, Path directory) {
        String plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy";
        Result copied = maven(List.of(plugin, "-Dartifact=" + coordinates, "-DoutputDirectory=" + directory));
        if (copied.code() != 0) {
            throw new IllegalStateException(coordinates + " cannot be had: " + copied.log());
        }
        String[] parts = coordinates.split(":", -1);
        return directory.resolve(parts[1] + "-" + parts[2] + ".jar");
    }

    private static Result maven(List<String> arguments) {
        try {
            Path log = Files.createTempFile(Files.createDirectories(BASE.resolve("target/builds")), "maven", ".log");
            List<String> command = new ArrayList<>(List.of(BASE.resolve("mvnw").toString(), "-B", "-q"));
            if ("offline: true".equals(System.getProperty("s2.maven.offline"))) {
                command.add("-o");
            }
            String repository = System.getProperty("s2.maven.repository");
            if (repository != null) {
                command.add("-Dmaven.repo.local=" + repository);
            }
            command.addAll(List.of("-Dmaven.test.skip=true", "-Dspotless.check.skip=true"));
            command.addAll(arguments);
            Process maven = new ProcessBuilder(command)
                    .directory(BASE.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!maven.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
                maven.destroy();
                throw new IllegalStateException("Maven does not end: " + command);
            }
            return new Result(maven.exitValue(), Files.readString(log));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** How a Maven ended. */
    public record Result(int code, String log) {}

    private static Path make(String function) {
        if (function.equals("all")) {
            return Path.of(System.getProperty("s2.application")).getParent();
        }
        Result made = attempt(function);
        if (made.code() != 0) {
            throw new IllegalStateException(made.log());
        }
        return directory(function).resolve("quarkus-app");
    }

    private static Path directory(String function) {
        return BASE.resolve("target/functions").resolve(function);
    }

    /** Only these: what else is in a build of one function, Maven has to know. */
    private static void copyClasses(Path from, Path to) throws IOException {
        delete(to);
        for (Path file : files(from)) {
            if (file.toString().endsWith(".class")) {
                Path copy = to.resolve(from.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    /** What an earlier build left there. */
    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            for (Path file : files(directory).reversed()) {
                Files.delete(file);
            }
        }
    }

    /** A directory and all that is below it, each after what it is in. */
    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.toList();
        }
    }
}
