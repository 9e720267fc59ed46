package io.infrafabric;

import static io.infrafabric.HouseExceptions.COMBINED;
import static io.infrafabric.HouseExceptions.KNOWS_THE_DOOR;
import static io.infrafabric.HouseExceptions.LONG;
import static io.infrafabric.HouseExceptions.NOT_PLAIN;
import static io.infrafabric.HouseRules.arrows;
import static io.infrafabric.HouseRules.clocks;
import static io.infrafabric.HouseRules.combined;
import static io.infrafabric.HouseRules.conditional;
import static io.infrafabric.HouseRules.essay;
import static io.infrafabric.HouseRules.fenced;
import static io.infrafabric.HouseRules.names;
import static io.infrafabric.HouseRules.noCircle;
import static io.infrafabric.HouseRules.plain;
import static io.infrafabric.HouseRules.room;
import static io.infrafabric.HouseRules.stores;
import static io.infrafabric.HouseRules.table;
import static io.infrafabric.HouseRules.tables;
import static io.infrafabric.HouseRules.violations;
import static io.infrafabric.HouseRules.withoutDoor;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.infrafabric.event.Catalogue;
import io.infrafabric.launch.BuildConfigSource;
import io.vertx.sqlclient.SqlConnectOptions;
import jakarta.persistence.Entity;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rules of the house (DESIGN.md, section 6), as far as a machine can see to them. Who wants a new arrow between two
 * packages adds it to the tables here, where a reviewer sees it. How the rules look is in {@code HouseRules}; that they see
 * what they forbid, in {@code PlantedTest}.
 */
class ArchitectureTest {
    private static final String ROOT = "io.infrafabric";

    /** Which package uses which. {@code launch} stands in no set: nothing may import it. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            entry("event", Set.of()),
            entry("problem", Set.of()),
            entry("input", Set.of("problem")),
            entry("bus", Set.of("event", "problem", "input")),
            entry("command", Set.of("event", "problem", "input", "bus")),
            entry("door", Set.of("event", "problem", "input", "bus", "command")),
            entry("coordinator", beside("budget", "chassis", "escalation", "relation")),
            entry("escalation", beside()),
            entry("budget", beside()),
            entry("rescue", beside("coordinator", "budget")),
            entry("stealing", beside("coordinator")),
            entry("deadlock", beside("coordinator", "budget", "consensus", "rescue", "escalation")),
            entry("consensus", beside("coordinator")),
            entry("dissent", beside("consensus")),
            entry("relation", beside()),
            entry("chassis", beside()),
            entry("bulkhead", beside("budget", "coordinator", "escalation")),
            entry("gateway", beside("coordinator", "budget", "bulkhead")),
            entry("sample", Set.of("input")),
            entry("launch", launched()));

    /** Which function reads from which other one's stores. */
    private static final Map<String, Set<String>> READS = Map.of(
            "coordinator", Set.of("budget", "chassis", "escalation", "relation"),
            "rescue", Set.of("coordinator", "budget"),
            "stealing", Set.of("coordinator"),
            "deadlock", Set.of("coordinator", "budget", "consensus", "rescue", "escalation"),
            "consensus", Set.of("coordinator"),
            "bulkhead", Set.of("budget", "coordinator", "escalation"),
            "dissent", Set.of("consensus"));

    /** Which function writes through which other one's stores, in a transaction of both. */
    private static final Map<String, Set<String>> WRITES = Map.of(
            "coordinator", Set.of("budget", "chassis"),
            "rescue", Set.of("coordinator", "budget"),
            "stealing", Set.of("coordinator"),
            "deadlock", Set.of("coordinator"),
            "bulkhead", Set.of("budget"),
            "consensus", Set.of("coordinator"));

    /** Rules and records that a function's stores give or take: who may read from its stores may use them. */
    private static final Map<String, Set<String>> PUBLISHED = Map.of(
            "budget",
                    Set.of(
                            "AccountTable",
                            "AccountTree",
                            "ClaimHolds",
                            "FreeHolds",
                            "LeaseEnd",
                            "Leases",
                            "Pauses",
                            "Priced",
                            "Prices",
                            "Purses",
                            "Reservations",
                            "SpenderSigns",
                            "SunkCost",
                            "UnknownCosts"),
            "chassis", Set.of("ChassisConfig", "CheckInputs", "CheckLimits", "ClaimEpochs", "ModulePins", "Modules"),
            "consensus", Set.of("Decisions", "Minutes", "Turnouts"),
            "coordinator",
                    Set.of(
                            "CoordinatorAnswers",
                            "Backlog",
                            "Capabilities",
                            "Claiming",
                            "Electorate",
                            "Handovers",
                            "Holdings",
                            "Match",
                            "OtherQueues",
                            "OutcomeTable",
                            "Presence",
                            "Priority",
                            "Session",
                            "SessionProgress",
                            "SessionInbox",
                            "Task"),
            "escalation", Set.of("OpenCases"),
            "relation", Set.of("StatedClaims"),
            "rescue", Set.of("BlockerStandings"));

    private static final Path SOURCES = Path.of("src/main/java", ROOT.split("\\."));

    private static final int LONGEST_FILE = 400;

    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void packages_use_only_what_the_table_allows() {
        arrows(ROOT, ARROWS).check(HOUSE);
    }

    @Test
    void tables_open_no_transaction() {
        tables(ROOT).check(HOUSE);
    }

    @Test
    void transactions_hold_no_sql() throws IOException {
        Set<String> mixed = new TreeSet<>();
        for (Path directory : packages()) {
            for (Path file : list(directory)) {
                String name = file.getFileName().toString().replace(".java", "");
                if (name.endsWith("Transaction") && HouseRules.holdsSql(Files.readString(file))) {
                    mixed.add(name);
                }
            }
        }
        assertThat(mixed).isEmpty();
    }

    @Test
    void rules_know_nothing_of_http() {
        withoutDoor(ROOT, Catalogue.FUNCTIONS, KNOWS_THE_DOOR.keySet()).check(HOUSE);
    }

    @Test
    void there_is_no_circle() {
        noCircle(ROOT).check(HOUSE);
    }

    @Test
    void functions_reach_each_other_only_through_the_stores_in_the_tables() {
        stores(ROOT, Catalogue.FUNCTIONS, READS, WRITES, PUBLISHED).check(HOUSE);
    }

    @Test
    void builds_without_hibernate_are_those_of_functions_that_have_no_entities() {
        assertThat(HOUSE.stream()
                        .filter(type -> type.isAnnotatedWith(Entity.class))
                        .map(type -> room(ROOT, type))
                        .collect(Collectors.toSet()))
                .isEqualTo(BuildConfigSource.WITH_ENTITIES);
    }

    @Test
    void one_room_uses_what_hibernate_does_not_promise() {
        fenced(ROOT, "bus").check(HOUSE);
        assertThat(violations(fenced(ROOT, ""), HOUSE)).as("that room needs it").isNotEmpty();
    }

    @Test
    void what_a_file_is_shows_in_its_name() {
        plain(ROOT, Catalogue.FUNCTIONS, NOT_PLAIN.keySet()).check(HOUSE);
    }

    /** A longer one would be parsed and planned anew each time that it is run. */
    @Test
    void statements_are_short_enough_to_stay_prepared() throws ReflectiveOperationException {
        int seen = 0;
        for (JavaClass store : HOUSE) {
            if (Catalogue.FUNCTIONS.contains(room(ROOT, store)) && !store.isInterface()) {
                for (Field field : store.reflect().getDeclaredFields()) {
                    if (Modifier.isStatic(field.getModifiers()) && field.getType() == String.class) {
                        field.setAccessible(true);
                        assertThat((String) field.get(null))
                                .as(store.getName() + "." + field.getName())
                                .matches(SqlConnectOptions.DEFAULT_PREPARED_STATEMENT_CACHE_FILTER);
                        seen++;
                    }
                }
            }
        }
        assertThat(seen).isGreaterThan(100);
    }

    @Test
    void statements_of_a_transaction_are_combined_in_order() {
        combined(ROOT, COMBINED.keySet()).check(HOUSE);
    }

    @Test
    void every_exception_is_still_needed() {
        for (String exception : COMBINED.keySet()) {
            assertThat(violations(combined(ROOT, Set.of()), HOUSE))
                    .anySatisfy(violation -> assertThat(violation).contains("." + exception));
        }
        for (String exception : NOT_PLAIN.keySet()) {
            assertThat(violations(plain(ROOT, Catalogue.FUNCTIONS, Set.of()), HOUSE))
                    .anySatisfy(violation -> assertThat(violation).contains("." + exception));
        }
    }

    @Test
    void everything_that_is_published_is_used() {
        PUBLISHED.forEach((room, names) -> {
            for (String name : names) {
                assertThat(violations(stores(ROOT, Catalogue.FUNCTIONS, READS, WRITES, Map.of()), HOUSE))
                        .anySatisfy(violation ->
                                assertThat(violation).containsPattern("\\b" + room + "(\\.[a-z]+)?\\." + name + "\\b"));
            }
        });
    }

    @Test
    void no_name_means_two_things() {
        Map<String, Set<String>> rooms = new TreeMap<>();
        for (JavaClass type : HOUSE) {
            if (type.getEnclosingClass().isEmpty() && !type.getSimpleName().equals("package-info")) {
                rooms.computeIfAbsent(type.getSimpleName(), _ -> new TreeSet<>())
                        .add(type.getPackageName());
            }
        }
        rooms.values().removeIf(packages -> packages.size() == 1);
        assertThat(rooms).isEmpty();
    }

    @Test
    void names_say_what_something_is() {
        names(ROOT).check(HOUSE);
    }

    @ParameterizedTest
    @MethodSource("packages")
    void every_package_has_an_essay(Path directory) {
        assertThat(essay(directory)).as("Javadoc in package-info.java").hasSizeGreaterThan(HouseRules.ESSAY);
    }

    @ParameterizedTest
    @MethodSource("packages")
    void every_package_stands_in_the_table(Path directory) {
        assertThat(ARROWS).containsKey(SOURCES.relativize(directory).getName(0).toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"src/main/java", "src/test/java", "bench/java"})
    void files_can_be_read_in_one_sitting(String root) throws IOException {
        Map<String, Long> tooLong = new TreeMap<>();
        try (Stream<Path> files = Files.walk(Path.of(root))) {
            for (Path file : files.filter(one -> one.toString().endsWith(".java"))
                    .filter(one -> !LONG.containsKey(one.getFileName().toString()))
                    .toList()) {
                try (Stream<String> lines = Files.lines(file)) {
                    long count = lines.count();
                    if (count > LONGEST_FILE) {
                        tooLong.put(file.toString(), count);
                    }
                }
            }
        }
        assertThat(tooLong).as("lines, at most %d", LONGEST_FILE).isEmpty();
    }

    /** A function runs in several processes, whose clocks differ: leases, holds and days go by the database's. */
    @Test
    void functions_do_not_ask_the_process_what_time_it_is() {
        for (String function : Catalogue.FUNCTIONS) {
            clocks(ROOT + "." + function).check(HOUSE);
        }
    }

    @Test
    void what_belongs_to_a_function_is_left_out_of_the_builds_of_others() {
        Set<String> rooms = new TreeSet<>(Catalogue.FUNCTIONS);
        rooms.add("gateway");
        conditional(ROOT, rooms).check(HOUSE);
    }

    @Test
    void functions_hear_what_stands_in_their_tables_and_switch_over_no_event() {
        table(ROOT).check(HOUSE);
    }

    /** What a function's room uses: the shared packages, and these rooms. */
    private static Set<String> beside(String... rooms) {
        return Stream.concat(Stream.of("event", "problem", "input", "bus", "command", "door"), Stream.of(rooms))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The launcher checks the settings of all functions. */
    private static Set<String> launched() {
        Set<String> rooms = new TreeSet<>(beside("sample"));
        rooms.addAll(Catalogue.FUNCTIONS);
        rooms.add("gateway");
        return rooms;
    }

    private static List<Path> packages() throws IOException {
        try (Stream<Path> all = Files.walk(SOURCES)) {
            return all.filter(Files::isDirectory)
                    .filter(directory -> !directory.equals(SOURCES))
                    .sorted()
                    .toList();
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }
}
