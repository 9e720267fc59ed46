package io.infrafabric.relation;

import io.infrafabric.bus.EventBatch;
import io.infrafabric.bus.Inbox;
import io.infrafabric.bus.Reactions;
import io.infrafabric.bus.Reactions.Then;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Role;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.EscalationEvent.CaseResolved;
import io.infrafabric.event.RelationEvent.ClaimReported;
import io.infrafabric.input.Check;
import io.infrafabric.relation.Command.Call;
import io.infrafabric.relation.RelationBodies.ScopeBody;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** What the relation function does about events. */
@IfBuildProperty(name = "s2.build.relation.channel", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
public class RelationFunction {
    private static final String FUNCTION = "relation";

    @Produces
    static final Reactions<Batch, Then<Instant>> HEARS = Reactions.<Batch, Instant>underLock(FUNCTION)
            .on(ClaimReported.class, Batch::reported)
            .on(CaseResolved.class, Batch::resolved)
            .due("unsettled:", Batch::unsettled);

    private final Inbox inbox;
    private final EvidenceGraphTable graph;
    private final ClaimStandingTransaction standings;
    private final ContradictionRulingTransaction rulings;
    private final RelationTransaction relations;
    private final RelationAnswers answers;
    private final RelationConfig config;

    public RelationFunction(
            Inbox inbox,
            EvidenceGraphTable graph,
            ClaimStandingTransaction standings,
            ContradictionRulingTransaction rulings,
            RelationTransaction relations,
            RelationAnswers answers,
            RelationConfig config) {
        this.inbox = inbox;
        this.graph = graph;
        this.standings = standings;
        this.rulings = rulings;
        this.relations = relations;
        this.answers = answers;
        this.config = config;
    }

    @Incoming("relation")
    public Uni<Void> on(EventBatch batch) {
        return inbox.takeTogether(batch, this::react);
    }

    /** Locks the graphs that the events concern first, in the order that everybody uses. */
    private Uni<Void> react(Work work, List<Envelope> envelopes) {
        Batch batch = new Batch(work);
        List<Then<Instant>> reactions = HEARS.tell(batch, envelopes);
        return graph.lock(work, batch.stated, batch.swarms).take().chain(at -> Reactions.inTurn(reactions, at));
    }

    /** What the events of one transaction concern. */
    final class Batch {
        private final Work work;
        private final Set<String> swarms = new TreeSet<>();
        private final List<Command> stated = new ArrayList<>();

        Batch(Work work) {
            this.work = work;
        }

        Then<Instant> unsettled(String swarm, Envelope envelope) {
            swarms.add(swarm);
            return at -> standings.goOn(work, new Ripple(swarm, at, envelope.trace()));
        }

        /** A claim that is refused fails, and becomes a dead letter with the reason, because nobody waits for an answer. */
        Then<Instant> reported(ClaimReported claim, Envelope envelope) {
            Command.State wish = wish(claim, envelope);
            stated.add(wish);
            return at ->
                    relations.carryOut(work, at, wish).invoke(answers::shown).replaceWithVoid();
        }

        private Command.State wish(ClaimReported claim, Envelope envelope) {
            String swarm = Check.givenId("swarm", claim.swarm());
            String session = Check.id("session", claim.session());
            ClaimReported.Where where = claim.scope();
            return new Command.State(
                    claim.claim() == null ? envelope.id().toString() : Check.id("claim", claim.claim()),
                    swarm,
                    session,
                    Check.text("statement", claim.statement(), config.maxStatement()),
                    Check.share("confidence", claim.confidence()),
                    RelationBodies.scope(
                            "scope",
                            where == null ? null : new ScopeBody(where.includes(), where.excludes()),
                            config.maxLabels()),
                    RelationBodies.evidence("evidence", pieces(claim.evidence()), config.maxEvidence()),
                    RelationBodies.falsifiers("falsifiers", claim.falsifiers(), config.maxFalsifiers()),
                    false,
                    new Call(
                            session == null
                                    ? Caller.operator("operator:channel", swarm)
                                    : new Caller(session, swarm, Role.SESSION),
                            envelope.trace()));
        }

        private static List<Evidence> pieces(List<ClaimReported.Piece> given) {
            return given == null
                    ? null
                    : given.stream()
                            .map(one -> new Evidence(one.type(), one.url(), one.hash(), one.origin()))
                            .toList();
        }

        Then<Instant> resolved(CaseResolved resolved, Envelope envelope) {
            if (!resolved.function().equals(FUNCTION) || !resolved.reason().equals(SeverityTransaction.REASON)) {
                return Then.nothing();
            }
            if (resolved.swarm() != null) {
                swarms.add(resolved.swarm());
            }
            return at -> rulings.carryOut(work, at, resolved, envelope.trace());
        }
    }
}
