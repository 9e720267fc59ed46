package io.infrafabric.coordinator;

import static io.infrafabric.coordinator.Swarm.expect;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * A swarm of one test's own with two claims of one strength, {@code a} and {@code b}, which can be brought into a dispute;
 * and a session, {@code ann}, that may hold five tasks.
 */
@Dependent
class Disputed {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Swarm swarm;

    // The bench, whose servers are external ones, has no such token, and this bean too.
    @Inject
    Disputed(
            @ConfigProperty(name = "test.url") String fabric,
            @ConfigProperty(name = "s2.door.operator-token") Optional<String> operator) {
        this.swarm = new Swarm(URI.create(fabric), operator.orElse(null));
        swarm.enrol("ann", "maxConcurrentTasks", "5");
        for (String claim : List.of("a", "b")) {
            String body = Swarm.body("swarm", swarm.id(), "statement", "It is " + claim, "confidence", "0.5");
            expect(swarm.api().put("/relation/claims/" + swarm.of(claim), body, swarm.operator()), 201);
        }
    }

    Swarm swarm() {
        return swarm;
    }

    /** Has {@code a} contradict {@code b}, so that both are disputed; gives the relation. */
    String dispute() {
        String body = Swarm.body("from", swarm.of("a"), "type", "contradicts", "to", swarm.of("b"));
        return expect(swarm.api().post("/relation/relations", body, swarm.operator()), 201)
                .path("id")
                .asText();
    }

    /** Ends the dispute. */
    void end(String relation) {
        expect(swarm.api().delete("/relation/relations/" + relation, swarm.operator()), 200);
    }

    /** What ann was told of disputes. */
    List<JsonNode> told() {
        JsonNode inbox = expect(swarm.api().get(swarm.session("ann") + "/inbox?after=0", swarm.token("ann")), 200);
        return inbox.path("items")
                .valueStream()
                .filter(notice -> notice.path("type").asText().equals("claimDisputed"))
                .toList();
    }
}
