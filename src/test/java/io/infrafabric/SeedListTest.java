package io.infrafabric;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The list of 26 tests with which the seed ends: each is there under its own name, runs, and stands in docs/seed.md. */
class SeedListTest {
    private static final Path SOURCES = Path.of("src/test/java");
    private static final Path PAGE = Path.of("docs/seed.md");

    /** In a class of the function that the seed names, on its real parts. */
    private static final List<String> UNIT = List.of(
            "atomic_task_claiming",
            "real_time_latency",
            "idempotency",
            "capability_matching",
            "budget_enforcement",
            "circuit_breaker",
            "cycle_detection",
            "preemption",
            "quorum_requirement",
            "supermajority_on_hazards",
            "dissent_preserved",
            "dissent_scoring",
            "contradiction_detection",
            "auto_escalation",
            "work_redistribution",
            "capability_check",
            "provider_isolation",
            "failure_containment");

    /** Whole workflows, in one class, on several processes. */
    private static final List<String> WHOLE = List.of(
            "gang_up_with_capability_matching",
            "budget_enforcement_trips_circuit_breaker",
            "deadlock_resolved_by_preemption",
            "hazard_requires_supermajority",
            "dissent_in_final_memo",
            "contradiction_escalated",
            "work_stolen_during_overload",
            "provider_failure_isolated");

    /** The text of every test class. */
    private static final Map<Path, String> TESTS = new TreeMap<>();

    @BeforeAll
    static void sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".java")).toList()) {
                TESTS.put(file, Files.readString(file));
            }
        }
    }

    @Test
    void each_unit_test_of_the_list_is_there_and_runs() throws Exception {
        assertThat(UNIT).hasSize(18).doesNotHaveDuplicates();
        for (String name : UNIT) {
            List<Method> found = found(name);
            assertThat(found).as(name).hasSize(1);
            assertRuns(found.getFirst());
            // Which classes Surefire takes.
            assertThat(found.getFirst().getDeclaringClass().getSimpleName()).endsWith("Test");
        }
    }

    @Test
    void each_workflow_of_the_list_is_there_and_runs() throws Exception {
        assertThat(WHOLE).hasSize(8).doesNotHaveDuplicates();
        for (String name : WHOLE) {
            List<Method> found = found(name);
            assertThat(found).as(name).hasSize(1);
            assertRuns(found.getFirst());
            // Which class Failsafe takes.
            assertThat(found.getFirst().getDeclaringClass().getSimpleName()).isEqualTo("WholeWorkflowIT");
        }
    }

    @Test
    void each_stands_in_the_page_of_the_seed_with_its_class() throws Exception {
        String page = Files.readString(PAGE);
        for (String name : Stream.concat(UNIT.stream(), WHOLE.stream()).toList()) {
            for (Method test : found(name)) {
                assertThat(page).contains("`" + test.getDeclaringClass().getSimpleName() + "." + name + "`");
            }
        }
    }

    private static void assertRuns(Method test) {
        assertThat(test.isAnnotationPresent(Test.class)).as("@Test of %s", test).isTrue();
        for (AnnotatedElement element : List.of(test, test.getDeclaringClass())) {
            assertThat(Stream.of(element.getAnnotations()).map(Annotation::annotationType))
                    .as("what may disable %s", test)
                    .noneMatch(type -> type.getSimpleName().startsWith("Disabled")
                            || type.getSimpleName().startsWith("Enabled"));
        }
    }

    /** The methods of this name in all test classes. */
    private static List<Method> found(String name) throws ReflectiveOperationException {
        String declared = "void " + name + "()";
        List<Method> found = new ArrayList<>();
        for (Map.Entry<Path, String> source : TESTS.entrySet()) {
            if (source.getValue().contains(declared)) {
                found.add(classOf(source.getKey()).getDeclaredMethod(name));
            }
        }
        return found;
    }

    private static Class<?> classOf(Path file) throws ClassNotFoundException {
        String name =
                SOURCES.relativize(file).toString().replaceFirst("\\.java$", "").replace('/', '.');
        // Not initialised: some classes of tests start what they need.
        return Class.forName(name, false, SeedListTest.class.getClassLoader());
    }
}
