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
                stands in none of them: `vote-reported`, with which a vote comes to consensus, is left out. So are events that come
                due, which are for the fabric itself; `task-moved` and `session-readied` are written only while a function needs them.

                ## Send some

                `POST /gateway/events` takes CloudEvents 1.0 by the HTTP binding, structured, binary or in a batch. These types are commands:

                | type | what it does | who | where its effect is |
                |---|---|---|---|
                | `s2.coordinator.task-requested.v1` | submits a task | operator, session | `/coordinator/tasks/{id}` |
                | `s2.budget.cost-reported.v1` | books a cost that has happened | operator, session | `/budget/accounts/{account}/entries` |
                | `s2.deadlock.wait-reported.v1` | says what the session waits for | session | `/deadlock/waits/{session}` |
                | `s2.rescue.blocker-reported.v1` | says that the session cannot go on | session | `/rescue/blockers/{id}` |
                | `s2.consensus.vote-reported.v1` | casts a vote, or changes it | session | `/consensus/decisions/{decision}` |
                | `s2.relation.claim-reported.v1` | states a claim, or revises it | operator, session | `/relation/claims/{claim}` |

                Their data has the fields of the table below; `swarm`, `session` and `account` may be left out by a session, which speaks
                for itself only.

                    curl "$S2/gateway/events" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/cloudevents+json" \\
                      -d '{"specversion": "1.0", "id": "run-117", "source": "https://ci.example.org/build",
                           "type": "s2.coordinator.task-requested.v1",
                           "data": {"id": "build-117", "title": "Mend the build", "domains": ["java"]}}'

                The answer is 202 with the id of our event, the address of the effect, and whether the event was taken in before. The
                same event (`source` and `id`, within a swarm) takes effect once, in whichever replica it arrives, for 7 days
                (`s2.gateway.incoming-kept`). What is wrong is refused with the attribute. A batch is taken in as a whole or not at all: the
                refusal names the bad event (`[2].id`), and nothing happened to the others. A function that refuses a command later
                (a task id that is taken, a vote of somebody who was not asked) keeps it among its dead letters, under the id of our event.
                A vote among them is shown without what was voted and why, because its decision may be sealed; a replay still has it.

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
