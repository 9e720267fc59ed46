package io.infrafabric.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.bus.FunctionTables;
import io.infrafabric.event.Catalogue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class EventsPageTest {
    private static final Path PAGE = Path.of("docs/events.md");

    @Test
    void the_page_says_what_the_catalogue_says() throws IOException {
        String page = markdown();
        if (Boolean.getBoolean("s2.write-docs")) {
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE).hasContent(page);
    }

    private static String markdown() {
        String rows = Catalogue.types().stream()
                .sorted(Comparator.comparing(Catalogue.Type::name))
                .map(EventsPageTest::row)
                .collect(Collectors.joining("\n"));
        return """
                # Events

                Every event is a CloudEvent 1.0 with the extensions `traceparent`, `tracetoken` and `swarm`, and `entityversion`
                for state events. A subscriber that has seen a newer version of the entity acknowledges a *state* event without
                effect. It applies a *fact* exactly once, in any order.

                `EventsPageTest` makes this page from the code.

                | type | kind | data | subscribers |
                |---|---|---|---|
                """ + rows + "\n";
    }

    private static String row(Catalogue.Type type) {
        String data = Arrays.stream(type.record().getRecordComponents())
                .map(component -> "`" + component.getName() + "`")
                .collect(Collectors.joining(", "));
        String subscribers = Catalogue.FUNCTIONS.stream()
                .filter(function -> FunctionTables.typesOf(function).contains(type.name()))
                .sorted()
                .collect(Collectors.joining(", "));
        return "| `%s` | %s | %s | %s |".formatted(type.name(), type.isState() ? "state" : "fact", data, subscribers);
    }
}
