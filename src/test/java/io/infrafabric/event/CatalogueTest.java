package io.infrafabric.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.FunctionTables;
import io.infrafabric.event.BusEvent.CameDue;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CatalogueTest {

    @Test
    void every_event_has_a_type() {
        List<Class<?>> records = records(Event.class).toList();
        assertThat(records).hasSizeGreaterThan(10);
        assertThat(Catalogue.types().stream().<Class<?>>map(Catalogue.Type::record))
                .containsAll(records);
    }

    /** A native image reads no record that is not registered. */
    @Test
    void every_event_can_be_read_in_a_native_image() {
        assertThat(Event.class.getPermittedSubclasses())
                .allSatisfy(events -> assertThat(events).hasAnnotation(RegisterForReflection.class));
    }

    @Test
    void names_are_unique_and_lead_to_their_type() {
        assertThat(Catalogue.types()).extracting(Catalogue.Type::name).doesNotHaveDuplicates();
        assertThat(Catalogue.types())
                .allSatisfy(type -> assertThat(Catalogue.byName(type.name())).contains(type));
        assertThat(Catalogue.byName("s2.coordinator.task-painted.v1")).isEmpty();
    }

    @Test
    void names_say_the_function_and_what_has_happened() {
        assertThat(Catalogue.types()).allSatisfy(type -> {
            String[] parts = type.name().split("\\.");
            assertThat(parts).hasSize(4);
            assertThat(parts[0]).isEqualTo("s2");
            assertThat(Catalogue.FUNCTIONS).contains(parts[1]);
            // The past tense: regular, or one of the irregular ones that are in use.
            assertThat(parts[2])
                    .matches("[a-z]+(-[a-z]+)*")
                    .matches(".*(ed|lost|left|found|stolen|withdrawn|cast|came-due)");
            assertThat(parts[3]).matches("v[1-9][0-9]*");
        });
    }

    @Test
    void a_name_is_its_records_name() {
        assertThat(Catalogue.types()).allSatisfy(type -> {
            String kebab = type.record().getSimpleName().replaceAll("(?<=.)([A-Z])", "-$1");
            assertThat(type.name()).contains("." + kebab.toLowerCase(Locale.ROOT) + ".");
        });
    }

    @Test
    void state_events_are_those_with_a_version() {
        assertThat(Catalogue.types())
                .allSatisfy(type -> assertThat(type.isState())
                        .isEqualTo(Stream.of(type.record().getRecordComponents())
                                .anyMatch(component -> component.getName().equals("version"))));
    }

    @Test
    void every_function_subscribes_to_known_types_and_to_what_comes_due_for_it() {
        assertThat(Catalogue.FUNCTIONS).isNotEmpty().allSatisfy(function -> {
            assertThat(FunctionTables.typesOf(function))
                    .contains("s2." + function + ".came-due.v1")
                    .allSatisfy(name -> assertThat(Catalogue.byName(name)).isPresent());
        });
    }

    @Test
    void what_comes_due_has_a_type_for_each_function() {
        CameDue due = new CameDue("coordinator", "lease:t", Instant.EPOCH);
        assertThat(Catalogue.typeOf(due).name()).isEqualTo("s2.coordinator.came-due.v1");
        assertThat(due.subject()).isEqualTo("due:lease:t");
        assertThat(due.swarm()).isNull();
    }

    private static Stream<Class<?>> records(Class<?> type) {
        return type.isSealed()
                ? Stream.of(type.getPermittedSubclasses()).flatMap(CatalogueTest::records)
                : Stream.of(type);
    }
}
