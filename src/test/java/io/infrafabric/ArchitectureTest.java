package io.infrafabric;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.infrafabric.event.Catalogue;
import io.infrafabric.launch.BuildConfigSource;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.scheduler.Scheduled;
import jakarta.persistence.Entity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rules of the house (DESIGN.md, section 6), as far as a machine can see to them. Who wants a new arrow between two
 * packages adds it to the tables here, where a reviewer sees it.
 */
class ArchitectureTest {
    private static final String ROOT = "io.infrafabric";
    private static final String PLANTED = ROOT + ".planted";

    /** Which package uses which. {@code launch} stands in no set: nothing may import it. */
    private static final Map<String, Set<String>> ARROWS = Map.ofEntries(
            entry("event", Set.of()),
            entry("door", Set.of("event")),
            entry("bus", Set.of("event", "door")),
            entry("coordinator", Set.of("event", "bus", "door", "budget", "escalation")),
            entry("escalation", Set.of("event", "bus", "door")),
            entry("budget", Set.of("event", "bus", "door")),
            entry("rescue", Set.of("event", "bus", "door", "coordinator", "budget")),
            entry("stealing", Set.of("event", "bus", "door", "coordinator")),
            entry("deadlock", Set.of("event", "bus", "door", "coordinator", "budget")),
            entry("consensus", Set.of("event", "bus", "door", "coordinator")),
            entry("dissent", Set.of("event", "bus", "door", "consensus")),
            entry("relation", Set.of("event", "bus", "door")),
            entry("sample", Set.of()),
            entry("launch", Set.of("sample", "event", "door", "bus")));

    /** Which function reads from which other one's stores. */
    private static final Map<String, Set<String>> READS = Map.of(
            "coordinator", Set.of("budget", "escalation"),
            "rescue", Set.of("coordinator", "budget"),
            "stealing", Set.of("coordinator"),
            "deadlock", Set.of("coordinator", "budget"),
            "consensus", Set.of("coordinator"),
            "dissent", Set.of("consensus"));

    /** Which function writes through which other one's stores, in a transaction of both. */
    private static final Map<String, Set<String>> WRITES = Map.of(
            "coordinator", Set.of("budget"),
            "rescue", Set.of("coordinator", "budget"),
            "stealing", Set.of("coordinator"),
            "deadlock", Set.of("coordinator"),
            "consensus", Set.of("coordinator"));

    /** Rules and records that a function's stores give or take: who may read from its stores may use them. */
    private static final Map<String, Set<String>> PUBLISHED = Map.of(
            "budget", Set.of("Purses", "LeaseEnd"),
            "consensus", Set.of("Minutes"),
            "coordinator",
                    Set.of("Answers", "Backlog", "Claiming", "Match", "OtherQueues", "Priority", "Session", "Task"));

    /** What its name says: these run on Quarkus. Everything else in a function's room is plain Java. */
    private static final Pattern ON_QUARKUS = Pattern.compile(".*(Function|Resource|Store|Row|Config|Tools)");

    /** Exceptions from it, each with its reason. */
    private static final Map<String, String> NOT_PLAIN = Map.of(
            "Answers", "a bean, to be given the JSON mapper that the whole door writes with",
            "Sender", "calls the receivers of webhooks over HTTP");

    private static final String[] QUARKUS = {"io.quarkus..", "jakarta..", "io.vertx..", "org.hibernate.."};

    /** Shorter than this is no essay. */
    private static final int ESSAY = 400;

    private static final int LONGEST_FILE = 400;

    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    private static final JavaClasses VIOLATIONS = new ClassFileImporter().importPackages(PLANTED);

    @Test
    void packages_use_only_what_the_table_allows() {
        arrows(ROOT, ARROWS).check(HOUSE);
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
    void what_a_file_is_shows_in_its_name() {
        plain(ROOT, Catalogue.FUNCTIONS, NOT_PLAIN.keySet()).check(HOUSE);
    }

    @Test
    void every_exception_is_still_needed() {
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
                        .anySatisfy(violation -> assertThat(violation).contains(room + "." + name));
            }
        });
    }

    @Test
    void names_say_what_something_is() {
        names(ROOT).check(HOUSE);
    }

    @ParameterizedTest
    @MethodSource("packages")
    void every_package_has_an_essay(Path directory) {
        assertThat(essay(directory)).as("Javadoc in package-info.java").hasSizeGreaterThan(ESSAY);
    }

    @ParameterizedTest
    @MethodSource("packages")
    void every_package_stands_in_the_table(Path directory) {
        assertThat(ARROWS).containsKey(directory.getFileName().toString());
    }

    @ParameterizedTest
    @MethodSource("packages")
    void files_can_be_read_in_one_sitting(Path directory) throws IOException {
        Map<String, Long> tooLong = new TreeMap<>();
        for (Path file : list(directory)) {
            try (Stream<String> lines = Files.lines(file)) {
                long count = lines.count();
                if (count > LONGEST_FILE) {
                    tooLong.put(file.getFileName().toString(), count);
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
        conditional(ROOT, Catalogue.FUNCTIONS).check(HOUSE);
    }

    // The rules do see what they forbid.

    @Test
    void a_planted_function_that_would_be_in_every_build_is_reported() {
        assertThat(violations(conditional(PLANTED, Set.of("alpha", "beta")), VIOLATIONS))
                .anySatisfy(violation -> assertThat(violation).contains("AlphaFunction", "s2.build.alpha.channel"))
                .anySatisfy(violation -> assertThat(violation).contains("AlphaResource", "s2.build.alpha.door"))
                .anySatisfy(violation -> assertThat(violation).contains("AlphaResource", "is scheduled"))
                .anySatisfy(violation -> assertThat(violation).contains("LockResource", "s2.build.beta.door"))
                .hasSize(4);
    }

    @Test
    void a_planted_arrow_is_reported() {
        Map<String, Set<String>> table = Map.of(
                "event", Set.of(),
                "door", Set.of("event"),
                "bus", Set.of("event", "door"),
                "alpha", Set.of("event", "bus", "door", "beta"),
                "beta", Set.of("alpha"),
                "sample", Set.of());
        assertThat(violations(arrows(PLANTED, table), VIOLATIONS))
                .anySatisfy(arrow("alpha.AlphaRule", "launch.Starter"))
                .anySatisfy(arrow("alpha.AlphaRule", "sample.Play"))
                .anySatisfy(arrow("event.Happened", "alpha.AlphaRule"))
                .anySatisfy(arrow("door.Lock", "bus.Wire"))
                .anySatisfy(violation -> assertThat(violation).contains("launch has no row in the table"))
                .noneSatisfy(arrow("alpha.AlphaStore", "beta.BetaStore"));
    }

    @Test
    void a_planted_circle_is_reported() {
        assertThat(violations(noCircle(PLANTED), VIOLATIONS))
                .anySatisfy(violation -> assertThat(violation).contains("Slice alpha", "Slice beta"));
    }

    @Test
    void a_planted_call_into_another_functions_room_is_reported() {
        Set<String> rooms = Set.of("alpha", "beta");
        assertThat(violations(stores(PLANTED, rooms, Map.of(), Map.of(), Map.of()), VIOLATIONS))
                .anySatisfy(violation -> assertThat(violation).contains("alpha reads from beta", "BetaStore.find"))
                .anySatisfy(violation -> assertThat(violation).contains("alpha writes to beta", "BetaStore.write"))
                .anySatisfy(violation -> assertThat(violation).contains("beta uses alpha", "AlphaRule"))
                .hasSize(3);
        Map<String, Set<String>> alphaToBeta = Map.of("alpha", Set.of("beta"));
        assertThat(violations(stores(PLANTED, rooms, alphaToBeta, Map.of(), Map.of()), VIOLATIONS))
                .as("an arrow for reading allows no writing")
                .anySatisfy(violation -> assertThat(violation).contains("alpha writes to beta"))
                .hasSize(2);
        assertThat(violations(stores(PLANTED, rooms, alphaToBeta, alphaToBeta, Map.of()), VIOLATIONS))
                .hasSize(1);
        Map<String, Set<String>> published = Map.of("alpha", Set.of("AlphaRule"));
        assertThat(violations(stores(PLANTED, rooms, alphaToBeta, alphaToBeta, published), VIOLATIONS))
                .as("what is published is only for those who may read")
                .hasSize(1);
        Map<String, Set<String>> both = Map.of("alpha", Set.of("beta"), "beta", Set.of("alpha"));
        assertThat(violations(stores(PLANTED, rooms, both, alphaToBeta, published), VIOLATIONS))
                .isEmpty();
    }

    @Test
    void a_planted_rule_that_runs_on_quarkus_is_reported() {
        Set<String> rooms = Set.of("alpha", "beta");
        assertThat(violations(plain(PLANTED, rooms, Set.of()), VIOLATIONS))
                .isNotEmpty()
                .allSatisfy(arrow("alpha.AlphaRule", "io.vertx.core.json.JsonObject"));
        assertThat(violations(plain(PLANTED, rooms, Set.of("AlphaRule")), VIOLATIONS))
                .isEmpty();
    }

    @Test
    void a_planted_name_is_reported() {
        assertThat(violations(names(PLANTED), VIOLATIONS))
                .singleElement()
                .asString()
                .contains("AlphaManager");
    }

    @Test
    void a_planted_look_at_the_clock_is_reported() {
        assertThat(violations(clocks(PLANTED + ".alpha"), VIOLATIONS))
                .singleElement()
                .asString()
                .contains("AlphaStore", "LocalDate.now");
    }

    @Test
    void a_planted_package_without_an_essay_is_seen() {
        Path planted = Path.of("src/test/java/" + PLANTED.replace('.', '/'));
        assertThat(essay(planted.resolve("alpha"))).isEmpty();
        assertThat(essay(planted.resolve("beta")).length()).isBetween(1, ESSAY);
    }

    // The rules

    private static ArchRule arrows(String root, Map<String, Set<String>> table) {
        return ArchRuleDefinition.classes().should(condition("use only what the table allows", (type, events) -> {
            String from = room(root, type);
            if (!table.containsKey(from)) {
                report(events, type, from + " has no row in the table: " + type.getName());
                return;
            }
            for (Dependency arrow : type.getDirectDependenciesFromSelf()) {
                String to = room(root, arrow.getTargetClass());
                if (!to.isEmpty() && !to.equals(from) && !table.get(from).contains(to)) {
                    report(events, type, arrow.getDescription());
                }
            }
        }));
    }

    /** No time of the JVM; what the clock of the database said is a parameter. */
    private static ArchRule clocks(String room) {
        return ArchRuleDefinition.classes()
                .that()
                .resideInAPackage(room)
                .should(condition("go by the database's clock", (type, events) -> {
                    for (JavaAccess<?> call : type.getAccessesFromSelf()) {
                        String owner = call.getTargetOwner().getName();
                        if ((call.getName().equals("now") && owner.startsWith("java.time."))
                                || call.getName().equals("currentTimeMillis")
                                || owner.matches("java\\.time\\.(Clock|InstantSource)|java\\.util\\.Calendar")) {
                            report(events, type, call.getDescription());
                        }
                    }
                }));
    }

    /**
     * A build of one function leaves out what carries the condition of another one. What a path of a function begins with
     * is that function's, wherever it is.
     */
    private static ArchRule conditional(String root, Set<String> rooms) {
        return ArchRuleDefinition.classes().should(condition("say in which builds they are", (type, events) -> {
            String room = room(root, type);
            String condition = type.tryGetAnnotationOfType(IfBuildProperty.class)
                    .map(IfBuildProperty::name)
                    .orElse("");
            String name = type.getSimpleName();
            String path = type.tryGetAnnotationOfType(jakarta.ws.rs.Path.class)
                    .map(declared -> declared.value().split("/", -1)[1])
                    .orElse("");
            String needed = "";
            if (rooms.contains(path)) {
                needed = "s2.build." + path + ".door";
            } else if (rooms.contains(room) && name.endsWith("Function")) {
                needed = "s2.build." + room + ".channel";
            } else if (rooms.contains(room) && name.matches(".*(Resource|Tools)")) {
                needed = "s2.build." + room + ".door";
            }
            if (!condition.equals(needed) && !needed.isEmpty()) {
                report(events, type, name + " lacks @IfBuildProperty(name = \"" + needed + "\", …)");
            }
            boolean scheduled = type.getMethods().stream().anyMatch(method -> method.isAnnotatedWith(Scheduled.class));
            if (rooms.contains(room) && scheduled && !condition.startsWith("s2.build." + room + ".")) {
                report(events, type, name + " is scheduled in every build");
            }
        }));
    }

    private static ArchRule noCircle(String root) {
        return slices().matching(root + ".(*)..").should().beFreeOfCycles();
    }

    /** A writing method takes the transaction first, a reading one returns records. */
    private static ArchRule stores(
            String root,
            Set<String> rooms,
            Map<String, Set<String>> reads,
            Map<String, Set<String>> writes,
            Map<String, Set<String>> published) {
        return ArchRuleDefinition.classes().should(condition("go through the stores in the tables", (type, events) -> {
            String from = room(root, type);
            if (!rooms.contains(from)) {
                return;
            }
            for (Dependency arrow : type.getDirectDependenciesFromSelf()) {
                JavaClass target = arrow.getTargetClass();
                String to = room(root, target);
                if (!other(from, to, rooms) || outermost(target).endsWith("Store")) {
                    continue;
                }
                if (!reads.getOrDefault(from, Set.of()).contains(to)
                        || !published.getOrDefault(to, Set.of()).contains(outermost(target))) {
                    report(events, type, from + " uses " + to + ": " + arrow.getDescription());
                }
            }
            for (JavaAccess<?> call : type.getAccessesFromSelf()) {
                String to = room(root, call.getTargetOwner());
                if (other(from, to, rooms) && outermost(call.getTargetOwner()).endsWith("Store")) {
                    boolean write = call.getTarget()
                            .resolveMember()
                            .map(member -> member instanceof JavaCodeUnit unit && takesTransaction(unit))
                            .orElse(true);
                    if (!(write ? writes : reads).getOrDefault(from, Set.of()).contains(to)) {
                        report(
                                events,
                                type,
                                from + (write ? " writes to " : " reads from ") + to + ": " + call.getDescription());
                    }
                }
            }
        }));
    }

    private static boolean other(String from, String to, Set<String> rooms) {
        return !to.equals(from) && rooms.contains(to);
    }

    private static boolean takesTransaction(JavaCodeUnit method) {
        return !method.getRawParameterTypes().isEmpty()
                && Set.of("SqlConnection", "Work", "Session")
                        .contains(method.getRawParameterTypes().getFirst().getSimpleName());
    }

    private static ArchRule plain(String root, Set<String> rooms, Set<String> exceptions) {
        return ArchRuleDefinition.classes()
                .should(condition("be plain Java, or say so in their names", (type, events) -> {
                    String name = outermost(type);
                    if (!rooms.contains(room(root, type))
                            || ON_QUARKUS.matcher(name).matches()
                            || exceptions.contains(name)) {
                        return;
                    }
                    Predicate<JavaClass> quarkus = resideInAnyPackage(QUARKUS);
                    type.getDirectDependenciesFromSelf().stream()
                            .filter(arrow -> quarkus.test(arrow.getTargetClass()))
                            .forEach(arrow -> report(events, type, arrow.getDescription()));
                }));
    }

    private static ArchRule names(String root) {
        return ArchRuleDefinition.classes()
                .that()
                .resideInAPackage(root + "..")
                .should()
                .haveNameNotMatching(".*(Impl|Manager|Helper|Helpers|Util|Utils)")
                .andShould()
                .haveNameNotMatching(".*\\.(common|dto|model|util|impl)\\..*");
    }

    // How they look

    private interface Check {
        void check(JavaClass type, ConditionEvents events);
    }

    private static ArchCondition<JavaClass> condition(String what, Check check) {
        return new ArchCondition<>(what) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                check.check(type, events);
            }
        };
    }

    private static void report(ConditionEvents events, JavaClass type, String message) {
        events.add(SimpleConditionEvent.violated(type, message));
    }

    private static List<String> violations(ArchRule rule, JavaClasses classes) {
        return rule.evaluate(classes).getFailureReport().getDetails();
    }

    private static ThrowingConsumer<String> arrow(String from, String to) {
        return violation -> assertThat(violation).contains(from, to);
    }

    /** The package right below the root that a class is in, empty for classes that are not ours. */
    private static String room(String root, JavaClass type) {
        String name = type.getPackageName();
        if (!name.startsWith(root + ".")) {
            return "";
        }
        String below = name.substring(root.length() + 1);
        int dot = below.indexOf('.');
        return dot < 0 ? below : below.substring(0, dot);
    }

    /** The simple name of the class whose file it is in. */
    private static String outermost(JavaClass type) {
        String name = type.getName().substring(type.getPackageName().length() + 1);
        int dollar = name.indexOf('$');
        return dollar < 0 ? name : name.substring(0, dollar);
    }

    private static List<Path> packages() throws IOException {
        return list(Path.of("src/main/java", ROOT.split("\\.")));
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    /** The Javadoc of a package without its decoration; empty if there is none. */
    private static String essay(Path directory) {
        try {
            String source = Files.readString(directory.resolve("package-info.java"));
            Matcher javadoc = Pattern.compile("/\\*\\*(.*?)\\*/\\s*package ", Pattern.DOTALL)
                    .matcher(source);
            return javadoc.find()
                    ? javadoc.group(1).replaceAll("\\s*\n\\s*\\*\\s*", " ").strip()
                    : "";
        } catch (IOException none) {
            return "";
        }
    }
}
