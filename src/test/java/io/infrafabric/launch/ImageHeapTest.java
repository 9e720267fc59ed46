package io.infrafabric.launch;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Classes are initialised when a native binary is compiled, so what their static fields hold is part of the file: the same
 * in every run. The compiler refuses some of it; this says so without one.
 */
class ImageHeapTest {

    private static final ArchRule RULE = ArchRuleDefinition.fields()
            .that()
            .areStatic()
            .should()
            .notHaveRawType(assignableTo(Random.class)
                    .or(assignableTo(InetAddress.class))
                    .or(assignableTo(Thread.class))
                    .or(assignableTo(AutoCloseable.class)));

    /** A violation. */
    static final class Seed {
        static final Random RANDOM = new Random(1);

        private Seed() {}
    }

    @Test
    void nothing_that_belongs_to_a_run_is_kept_in_a_static_field() {
        RULE.check(new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.infrafabric"));
    }

    @Test
    void a_planted_seed_is_reported() {
        assertThat(RULE.evaluate(new ClassFileImporter().importClasses(Seed.class))
                        .getFailureReport()
                        .getDetails())
                .singleElement()
                .asString()
                .contains("Seed.RANDOM");
    }
}
