package io.infrafabric.gateway.source;

import io.infrafabric.bus.Rows;
import io.infrafabric.command.Caller;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.gateway.source.GitHubMissed.Found;
import io.infrafabric.gateway.source.ReceivedTable.Arriving;
import io.infrafabric.gateway.source.ReceivedTable.Stored;
import io.infrafabric.gateway.source.SourceProof.Genuine;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

/**
 * Reads from GitHub what its deliveries would have said, because it does not send a delivery again that nobody took. What is read is
 * stored as a delivery is, and goes by the same rules to the same ids; reading the same again has no second effect.
 */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@Path("/gateway/sources/{name}/resync")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "gateway")
public class ResyncResource {
    private static final Pattern REPOSITORY = Pattern.compile("[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}");

    private final Identity identity;
    private final Pool pool;
    private final GitHubMissed github;
    private final DeliveryPlan plans;
    private final SourceSecrets secrets;
    private final ReceivedIntake intake;
    private final SourceConfig config;

    ResyncResource(
            Identity identity,
            Pool pool,
            GitHubMissed github,
            DeliveryPlan plans,
            SourceSecrets secrets,
            ReceivedIntake intake,
            SourceConfig config) {
        this.identity = identity;
        this.pool = pool;
        this.github = github;
        this.plans = plans;
        this.secrets = secrets;
        this.intake = intake;
        this.config = config;
    }

    /** Which repository to read. */
    @Schema(name = "ResyncBody")
    public record ResyncBody(
            @Schema(examples = "infrafabric/fabric") String repository) {}

    /**
     * What was read.
     *
     * @param read issues, comments, failures and merged pull requests
     * @param taken those of them that a rule matches, and that were not taken before
     */
    @RegisterForReflection
    @Schema(name = "Resynced")
    public record Resynced(int read, int taken) {}

    @POST
    @Operation(
            summary = "Read from GitHub what was missed (operators)",
            description =
                    "Issues with the label, comments, failed check suites and workflow runs, and merged pull requests of a "
                            + "repository, by the apiToken of the source. They are stored as deliveries are, and applied by the "
                            + "same rules under the same ids.")
    @APIResponseSchema(value = Resynced.class, responseCode = "202")
    public Uni<RestResponse<Resynced>> resync(@RestPath String name, ResyncBody body) {
        Caller caller = identity.caller();
        caller.mustOperate(caller.swarm());
        Check.id("name", name);
        String repository = Check.given("repository", Check.given("body", body).repository());
        if (!REPOSITORY.matcher(repository).matches()) {
            throw Problem.badInput("repository", "owner/name, as GitHub has it");
        }
        identity.note(body);
        return SourceTable.find(pool, name).chain(source -> {
            if (source == null || !caller.reaches(source.swarm())) {
                throw SourceDoor.unknown(name);
            }
            return token(source)
                    .chain(token -> read(source, repository, token))
                    .chain(found -> ReceivedTable.delivered(pool, name).chain(known -> store(source, found, known)))
                    .map(taken -> RestResponse.status(RestResponse.Status.ACCEPTED, taken));
        });
    }

    private Uni<String> token(Source source) {
        if (source.kind() != SourceKind.GITHUB) {
            throw Problem.badInput("name", "a source of kind github: others send again what was not taken");
        }
        if (source.apiToken() == null) {
            throw Problem.badInput(
                    "apiToken",
                    "a reference on the source (PUT it: env:S2_KEY_… or file:…) to a token that reads the repository");
        }
        return Uni.createFrom()
                .item(() -> secrets.find(source.apiToken())
                        .orElseThrow(() -> Problem.badInput(
                                "apiToken",
                                "a token where " + source.apiToken() + " of the source says: there is none")))
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool());
    }

    private Uni<List<Found>> read(Source source, String repository, String token) {
        String label = plans.rules(source).stream()
                .filter(GitHubRule.class::isInstance)
                .map(rule -> ((GitHubRule) rule).label())
                .findFirst()
                .orElse(null);
        return Rows.now(pool)
                .map(now -> now.minus(config.sourceKeep()).truncatedTo(ChronoUnit.SECONDS))
                .chain(since -> github.read(repository, label, since, token));
    }

    /** One after the other, so that they are applied in their order. */
    private Uni<Resynced> store(Source source, List<Found> found, Set<String> delivered) {
        return Multi.createFrom()
                .iterable(found)
                .filter(one -> one.delivered() == null || !delivered.contains(one.delivered()))
                .filter(one -> matters(source, one))
                .onItem()
                .transformToUniAndConcatenate(one -> taken(source, one))
                .filter(taken -> taken)
                .collect()
                .asList()
                .map(taken -> new Resynced(found.size(), taken.size()));
    }

    private boolean matters(Source source, Found one) {
        return plans.look(source, one.event(), one.body(), Instant.EPOCH).stream()
                .anyMatch(outcome -> !(outcome instanceof RuleOutcome.Passed));
    }

    /** Whether it was stored now; not if it is known. */
    private Uni<Boolean> taken(Source source, Found one) {
        String text = one.body().toString();
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        Genuine genuine = new Genuine(one.key(), null, one.event(), one.body());
        return intake.take(new Arriving(source.name(), genuine, text, bytes)).map(Stored.Now.class::isInstance);
    }
}
