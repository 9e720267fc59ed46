package io.infrafabric.rescue;

import io.infrafabric.bus.Aside;
import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.session.Match.Need;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.input.Check;
import io.infrafabric.rescue.Ranking.Fit;
import io.infrafabric.rescue.RescueAnswers.MatchView;
import io.infrafabric.rescue.RescueBodies.MatchBody;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** A dry run: who would be asked about a blocker with these needs, and why nobody else. Nothing is written. */
@Path("/rescue/matches")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "rescue")
@IfBuildProperty(name = "s2.build.rescue.door", stringValue = "true", enableIfMissing = true)
public class MatchResource {
    private final Identity identity;
    private final Aside aside;
    private final RescueTransaction rescue;
    private final Pool pool;
    private final RescueConfig config;

    public MatchResource(Identity identity, Aside aside, RescueTransaction rescue, Pool pool, RescueConfig config) {
        this.identity = identity;
        this.aside = aside;
        this.rescue = rescue;
        this.pool = pool;
        this.config = config;
    }

    @POST
    @Operation(
            summary = "Explain who would be asked for help with these needs",
            description = "rescuers would be asked; others fit too; leftOut says why the rest does not. Nobody is "
                    + "actually asked.")
    public Uni<MatchView> match(MatchBody body) {
        Caller caller = identity.caller();
        Check.given("body", body);
        String swarm = body.swarm() == null ? Check.given("swarm", caller.swarm()) : Check.id("swarm", body.swarm());
        caller.mustRead(swarm);
        Need need = Need.of(RescueBodies.needs("domains", body.domains()), RescueBodies.needs("tools", body.tools()));
        String session = Check.id("session", body.session());
        return rescue.look(pool, swarm)
                .chain(seen -> aside.run(() ->
                        view(Ranking.of(need, session, Set.of(), seen.candidates(), seen.now(), rescue.terms()))));
    }

    private MatchView view(Ranking ranking) {
        List<Fit> fits = ranking.fits();
        int asked = Math.min(config.maxRescuers(), fits.size());
        return new MatchView(
                fits.subList(0, asked).stream().map(RescueAnswers::view).toList(),
                fits.subList(asked, fits.size()).stream()
                        .limit(config.maxLeftOut())
                        .map(RescueAnswers::view)
                        .toList(),
                ranking.leftOut().stream()
                        .sorted(Ranking.TELLING)
                        .limit(config.maxLeftOut())
                        .map(RescueAnswers::view)
                        .toList());
    }
}
