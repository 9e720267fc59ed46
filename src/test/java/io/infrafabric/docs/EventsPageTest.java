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

                ## Follow them

                `GET /gateway/events` is a stream of these events (server-sent events) that stays open:

                    curl -N "$S2/gateway/events?types=s2.coordinator.*" -H "Authorization: Bearer $TOKEN"

                | | |
                |---|---|
                | `swarm` | only this swarm's events; a session gets those of its own swarm |
                | `types` | only these types, with commas between; `s2.coordinator.*` is all that begin so |
                | `Last-Event-ID` | a header with the `id` of the last event that you saw: the stream resumes after it |

                The `id` of an event is its number in the log, and its data is the CloudEvent. A reader that resumes sees each event
                once, and the events of one entity in their order, as long as the log holds them (`s2.bus.retention-days`). What it no
                longer holds is said: an event named `gap`, with `{"after": …, "resumesAfter": …}`. Without `Last-Event-ID` the stream
                begins now. A comment says every 15 s that the stream is there. A reader that takes nothing in for 30 s is cut off. The
                stream ends with its token.

                A session sees of money and of calls to providers only its own, and no cases. How somebody votes on a sealed decision
                stands in no event. Events that come due are for the fabric itself, and are left out; `task-moved` and `session-readied`
                are written only while a function needs them.

                ## All types

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
