package io.infrafabric.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.event.Catalogue;
import io.infrafabric.launch.BuildConfigSource;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What each build contains: read from the classes that Quarkus has generated to call it. What is not called from there is
 * not reached by any event, request or clock. There are jars to read where the application is no native binary (tag "jar").
 */
@Tag("jar")
class BuildsIT {

    /** What is in every build: see ARCHITECTURE.md. */
    private static final Set<String> DOORS_OF_ALL = Set.of(
            "door.answer.ErrorsPage#page",
            "door.process.DeadLetterResource#list",
            "door.process.DeadLetterResource#replay");

    private static final Set<String> CHORES_OF_ALL = Set.of("bus.Subscriptions#look", "bus.Subscriptions#signOfLife");

    private static final Set<String> SWEEP = Set.of("bus.Sweep#tick", "bus.Sweep#recover", "bus.Sweep#keepHouse");

    /** Who waits looks again by itself, in whichever process it waits. */
    private static final Set<String> CHORES_OF_THE_COORDINATORS_DOORS = Set.of(
            "coordinator.ClaimResource#lookAgain",
            "coordinator.ClaimResource#moveFronts",
            "coordinator.CompleteResource#lookAgain",
            "coordinator.InboxResource#lookAgain");

    private static final Set<String> CHORES_OF_THE_GATEWAYS_DOORS = Set.of(
            "gateway.listen.ListenResource#lookAgain",
            "gateway.source.ReceivedPump#look",
            "gateway.source.ReceivedPump#tidy");

    /** The coordinator looks for tasks that nobody can do. */
    private static final Set<String> CHORES_OF_THE_COORDINATOR =
            Set.of("coordinator.CoordinatorFunction#lookForShortages", "coordinator.CoordinatorFunction#tidyKeys");

    /** Doors that the coordinator has outside of its room. */
    private static final Pattern TOKENS_AND_AUDIT = Pattern.compile("door\\.identity\\.(Token|Pass|Audit)Resource#.*");

    private static final Pattern MISSING = Pattern.compile("(?m)^ +io\\.infrafabric\\.(\\S+) +-> .* not found$");

    private static final String NOT_IN_A_FUNCTION =
            ".*(flyway|postgresql-\\d|quarkus-jdbc|embedded|zonky|codemonstur|commons-compress|xz-).*";

    @Test
    void theAllInOneHasEverything() throws IOException {
        Path all = Builds.of("all");

        assertThat(Builds.invokers(all, "Messaging")).isEqualTo(channels(Catalogue.FUNCTIONS));
        assertThat(rooms(Builds.invokers(all, "quarkusrest"))).containsAll(Catalogue.FUNCTIONS);
        assertThat(Builds.invokers(all, "Scheduled"))
                .isEqualTo(union(Stream.of(
                        CHORES_OF_ALL,
                        SWEEP,
                        CHORES_OF_THE_COORDINATORS_DOORS,
                        CHORES_OF_THE_COORDINATOR,
                        CHORES_OF_THE_GATEWAYS_DOORS)));
        assertThat(libraries(all)).anyMatch(name -> name.matches(NOT_IN_A_FUNCTION));
        assertThat(application(all)).anyMatch(name -> name.startsWith("db/migration/"));
    }

    @Test
    void theGatewayHasEveryDoorAndNoChannel() throws IOException {
        Path gateway = Builds.of("gateway");

        assertThat(Builds.invokers(gateway, "Messaging")).isEmpty();
        assertThat(Builds.invokers(gateway, "quarkusrest")).isEqualTo(Builds.invokers(Builds.of("all"), "quarkusrest"));
        assertThat(Builds.invokers(gateway, "Scheduled"))
                .isEqualTo(union(
                        Stream.of(CHORES_OF_ALL, CHORES_OF_THE_COORDINATORS_DOORS, CHORES_OF_THE_GATEWAYS_DOORS)));
        assertSlim(gateway);
    }

    @Test
    void theBudgetHasItsOwn() throws IOException {
        assertAlone("budget");
    }

    /** A native compiler refuses them, unless {@code LaunchConfigSource.ALL_IN_ONE} stands before each way to them. */
    @Test
    void onlyWhatUnpacksTheEmbeddedServersNamesClassesThatABuildOfOneFunctionLacks() throws IOException {
        Path build = Builds.of("budget");
        StringWriter found = new StringWriter();

        try (PrintWriter out = new PrintWriter(found)) {
            String libraries = jars(build.resolve("lib")).collect(Collectors.joining(File.pathSeparator));
            String application = jars(build.resolve("app")).collect(Collectors.joining());
            ToolProvider.findFirst("jdeps")
                    .orElseThrow()
                    .run(out, out, "--multi-release", "base", "--missing-deps", "--class-path", libraries, application);
        }

        assertThat(MISSING.matcher(found.toString()).results().map(line -> line.group(1)))
                .as("%s", found)
                .isNotEmpty()
                .allMatch(type -> type.equals("launch.Programs"));
    }

    @ParameterizedTest
    @MethodSource("functions")
    @Tag("proof")
    void everyFunctionHasItsOwn(String function) throws IOException {
        assertAlone(function);
    }

    @Test
    @Tag("proof")
    void anUnknownFunctionIsRefused() {
        Builds.Result refused = Builds.attempt("budgets");

        assertThat(refused.code()).isNotZero();
        assertThat(refused.log()).contains("There is no function 'budgets'", "budget", "gateway");
    }

    private static void assertAlone(String function) throws IOException {
        Path build = Builds.of(function);
        boolean coordinator = function.equals("coordinator");

        assertThat(Builds.invokers(build, "Messaging")).isEqualTo(channels(Set.of(function)));
        assertThat(Builds.invokers(build, "quarkusrest"))
                .isEqualTo(union(Stream.of(
                        DOORS_OF_ALL,
                        Builds.invokers(Builds.of("all"), "quarkusrest").stream()
                                .filter(door -> door.startsWith(function + ".")
                                        || (coordinator
                                                && TOKENS_AND_AUDIT
                                                        .matcher(door)
                                                        .matches()))
                                .collect(Collectors.toSet()))));
        assertThat(Builds.invokers(build, "Scheduled"))
                .isEqualTo(
                        coordinator
                                ? union(Stream.of(
                                        CHORES_OF_ALL,
                                        SWEEP,
                                        CHORES_OF_THE_COORDINATORS_DOORS,
                                        CHORES_OF_THE_COORDINATOR))
                                : CHORES_OF_ALL);
        assertThat(Builds.hasBean(build, "bus.Transactions")).isTrue();
        assertThat(Builds.hasBean(build, "bus.EntitySessions"))
                .as("it has entities, and so a Hibernate")
                .isEqualTo(BuildConfigSource.WITH_ENTITIES.contains(function));
        assertSlim(build);
    }

    private static void assertSlim(Path build) throws IOException {
        assertThat(libraries(build)).isNotEmpty().noneMatch(name -> name.matches(NOT_IN_A_FUNCTION));
        assertThat(application(build)).isNotEmpty().noneMatch(name -> name.startsWith("db/migration/"));
    }

    private static Set<String> channels(Set<String> functions) {
        return functions.stream()
                .map(function -> "%s.%s%sFunction#on"
                        .formatted(function, function.substring(0, 1).toUpperCase(Locale.ROOT), function.substring(1)))
                .collect(Collectors.toSet());
    }

    private static Set<String> rooms(Set<String> invokers) {
        return invokers.stream()
                .map(invoker -> invoker.substring(0, invoker.indexOf('.')))
                .collect(Collectors.toSet());
    }

    private static Set<String> union(Stream<Set<String>> sets) {
        return sets.flatMap(Set::stream).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> libraries(Path build) throws IOException {
        return jars(build.resolve("lib"))
                .map(jar -> Path.of(jar).getFileName().toString())
                .collect(Collectors.toSet());
    }

    private static Stream<String> jars(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(Path::toString).filter(name -> name.endsWith(".jar")).toList().stream();
        }
    }

    /** The files of the application itself. */
    private static Set<String> application(Path build) throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> jars = Files.list(build.resolve("app"))) {
            for (Path path : jars.toList()) {
                try (JarFile jar = new JarFile(path.toFile())) {
                    jar.stream().forEach(entry -> names.add(entry.getName()));
                }
            }
        }
        return names;
    }

    private static Stream<String> functions() {
        return Catalogue.FUNCTIONS.stream().sorted();
    }
}
