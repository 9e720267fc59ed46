package io.infrafabric;

import static io.infrafabric.HouseRules.arrows;
import static io.infrafabric.HouseRules.clocks;
import static io.infrafabric.HouseRules.combined;
import static io.infrafabric.HouseRules.conditional;
import static io.infrafabric.HouseRules.essay;
import static io.infrafabric.HouseRules.fenced;
import static io.infrafabric.HouseRules.names;
import static io.infrafabric.HouseRules.noCircle;
import static io.infrafabric.HouseRules.plain;
import static io.infrafabric.HouseRules.stores;
import static io.infrafabric.HouseRules.table;
import static io.infrafabric.HouseRules.tables;
import static io.infrafabric.HouseRules.violations;
import static io.infrafabric.HouseRules.withoutDoor;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.Test;

/** The rules of {@code ArchitectureTest} do see what they forbid: it is planted for them. */
class PlantedTest {
    private static final String PLANTED = "io.infrafabric.planted";
    private static final JavaClasses VIOLATIONS = new ClassFileImporter().importPackages(PLANTED);

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
    void a_planted_rule_that_knows_http_is_reported() {
        assertThat(violations(withoutDoor(PLANTED, Set.of("alpha", "beta"), Set.of()), VIOLATIONS))
                .anySatisfy(arrow("alpha.AlphaRule", "door.Lock"))
                .noneSatisfy(violation -> assertThat(violation).contains("Resource.java"));
        assertThat(violations(withoutDoor(PLANTED, Set.of("alpha", "beta"), Set.of("AlphaRule")), VIOLATIONS))
                .noneSatisfy(arrow("alpha.AlphaRule", "door.Lock"));
    }

    @Test
    void a_planted_table_that_opens_a_transaction_is_reported() {
        assertThat(violations(tables(PLANTED), VIOLATIONS)).anySatisfy(arrow("alpha.AlphaTable", "bus.Transactions"));
        assertThat(HouseRules.holdsSql("String S = \"UPDATE a SET b = 1\";")).isTrue();
        assertThat(HouseRules.holdsSql("String S = \"\"\"\n        WITH a AS (\""))
                .isTrue();
        assertThat(HouseRules.holdsSql("/** SELECT is said here. */ String s = \"selected\";"))
                .isFalse();
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
    void a_planted_use_of_what_hibernate_does_not_promise_is_reported() {
        assertThat(violations(fenced(PLANTED, "bus"), VIOLATIONS))
                .isNotEmpty()
                .allSatisfy(arrow("alpha.AlphaStore", "org.hibernate.reactive.util.impl.CompletionStages"));
        assertThat(violations(fenced(PLANTED, "alpha"), VIOLATIONS))
                .isNotEmpty()
                .allSatisfy(arrow("bus.Wire", "org.hibernate.internal.SessionFactoryImpl"));
    }

    @Test
    void a_planted_name_is_reported() {
        assertThat(violations(names(PLANTED), VIOLATIONS))
                .anySatisfy(violation -> assertThat(violation).contains("AlphaManager"))
                .anySatisfy(violation -> assertThat(violation).contains("AlphaStore"));
    }

    @Test
    void a_planted_look_at_the_clock_is_reported() {
        assertThat(violations(clocks(PLANTED + ".alpha"), VIOLATIONS))
                .singleElement()
                .asString()
                .contains("AlphaStore", "LocalDate.now");
    }

    @Test
    void planted_statements_without_an_order_are_reported() {
        assertThat(violations(combined(PLANTED, Set.of()), VIOLATIONS))
                .anySatisfy(arrow("AlphaStore.hidden", "Uni.combine"))
                .anySatisfy(arrow("AlphaStore.sideBySide", "Rows.together"))
                .hasSize(2);
        assertThat(violations(combined(PLANTED, Set.of("AlphaStore")), VIOLATIONS))
                .isEmpty();
    }

    @Test
    void a_planted_switch_over_all_events_is_reported() {
        assertThat(violations(table(PLANTED), VIOLATIONS))
                .isNotEmpty()
                .allSatisfy(arrow("AlphaFunction", "Envelope.event()"));
    }

    @Test
    void a_planted_package_without_an_essay_is_seen() {
        Path planted = Path.of("src/test/java/" + PLANTED.replace('.', '/'));
        assertThat(essay(planted.resolve("alpha"))).isEmpty();
        assertThat(essay(planted.resolve("beta")).length()).isBetween(1, HouseRules.ESSAY);
    }

    private static ThrowingConsumer<String> arrow(String from, String to) {
        return violation -> assertThat(violation).contains(from, to);
    }
}
