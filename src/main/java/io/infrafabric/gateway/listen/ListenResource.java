package io.infrafabric.gateway.listen;

import io.infrafabric.bus.Bells;
import io.infrafabric.bus.FailureKind;
import io.infrafabric.bus.Rings;
import io.infrafabric.command.Caller;
import io.infrafabric.coordinator.published.Presence;
import io.infrafabric.coordinator.session.Seats;
import io.infrafabric.coordinator.session.SessionInbox;
import io.infrafabric.coordinator.session.SessionInbox.Item;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.identity.LongCalls;
import io.infrafabric.gateway.InboxText;
import io.infrafabric.input.Check;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.properties.IfBuildProperty;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduled.ConcurrentExecution;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Reception;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestQuery;

/** The listen streams of this process. */
@IfBuildProperty(name = "s2.build.gateway.door", stringValue = "true", enableIfMissing = true)
@ApplicationScoped
@Path("/gateway/listen")
@Tag(name = "gateway")
public class ListenResource {
    private static final List<Item> ALIVE = List.of();
    /** Nothing follows; told from a sign of life by its identity. */
    private static final List<Item> END = new ArrayList<>(0);

    private final Identity identity;
    private final LongCalls tokens;
    private final SessionInbox inboxes;
    private final Pool pool;
    private final ListenConfig config;
    private final Seats seats;
    private final Rings rings = new Rings();
    private final Set<Listening> open = ConcurrentHashMap.newKeySet();

    ListenResource(
            Identity identity,
            LongCalls tokens,
            SessionInbox inboxes,
            Pool pool,
            Presence presence,
            Bells bells,
            MeterRegistry metrics,
            ListenConfig config) {
        this.identity = identity;
        this.tokens = tokens;
        this.inboxes = inboxes;
        this.pool = pool;
        this.config = config;
        this.seats = new Seats(config.listenMaxOpen(), config.listenMaxOpenPerSession());
        bells.listen("inbox", rings::ring);
        presence.alsoHeard(
                () -> open.stream().map(Listening::session).distinct().toList());
        metrics.gauge("s2.listening", open, Set::size);
    }

    /** One open stream. Its steps follow each other, so it needs no lock. */
    private static final class Listening {
        private final String session;
        private final long enrolment;
        private final Supplier<Uni<Boolean>> letIn;
        private volatile long after;
        private Rings.Place place;
        private boolean begun;

        Listening(Caller caller, Supplier<Uni<Boolean>> letIn, long after) {
            this.session = caller.subject();
            this.enrolment = caller.enrolment();
            this.letIn = letIn;
            this.after = after;
        }

        String session() {
            return session;
        }

        void leave() {
            if (place != null) {
                place.leave();
            }
        }
    }

    @GET
    @Produces(MediaType.TEXT_PLAIN)
    @Operation(
            summary = "Listen to my inbox",
            description =
                    "A stream of lines that stays open, and by which I am alive: the number of a notice, its type, its "
                            + "subject and a short text. A line with a colon says every 15 s that the stream is there. It begins "
                            + "after the number `after`, and ends when its token does.")
    @APIResponse(
            responseCode = "200",
            description = "Lines",
            content = @Content(mediaType = MediaType.TEXT_PLAIN, schema = @Schema(implementation = String.class)))
    public Multi<String> listen(@Parameter(description = "The last number that was seen (0)") @RestQuery Long after) {
        Caller caller = identity.caller();
        caller.mustBeSessionItself("Inboxes");
        long from = after == null ? 0 : Check.between("after", after, 0, Long.MAX_VALUE);
        return notices(caller, from).map(ListenResource::lines);
    }

    /**
     * The notices of a session's inbox as they come, several at once where there are several, and nothing (an empty list) as a
     * sign that the stream is there. It ends when the token of this call does, and when the process drains; a session that has
     * too many streams is refused. Call it at the start of a call.
     *
     * @param after the number of the last notice that was seen
     */
    // The end is told by one list alone; others are empty, too.
    @SuppressWarnings("ReferenceEquality")
    public Multi<List<Item>> notices(Caller caller, long after) {
        Seats.Seat seat = seats.take(caller.subject());
        Listening one = new Listening(caller, tokens.ofThisCall(), after);
        open.add(one);
        return Multi.createBy()
                .repeating()
                .uni(() -> one, (Listening again) -> next(again))
                .until(items -> items == END)
                .onTermination()
                .invoke(() -> {
                    open.remove(one);
                    one.leave();
                    seat.leave();
                });
    }

    private Uni<List<Item>> next(Listening one) {
        if (!one.begun) {
            one.begun = true;
            return Uni.createFrom().item(ALIVE);
        }
        return next(one, config.listenBeat());
    }

    /** The next lines, or the sign of life after this time. */
    private Uni<List<Item>> next(Listening one, Duration patience) {
        if (rings.isClosed()) {
            return Uni.createFrom().item(END);
        }
        if (one.place != null && !one.place.hasRung()) {
            return wait(one, patience);
        }
        // Taken before the look, so that no bell is missed between the two.
        one.place = rings.take(one.session);
        return inboxes.read(pool, one.session, one.enrolment, one.after, config.listenPage())
                .onFailure(FailureKind::isAway)
                .recoverWithItem(List.of())
                .chain(items -> items.isEmpty() ? wait(one, patience) : told(one, items));
    }

    private Uni<List<Item>> wait(Listening one, Duration patience) {
        Duration look = patience.compareTo(config.listenTokenLook()) < 0 ? patience : config.listenTokenLook();
        return one.place.rung(look).chain(() -> one.letIn.get()).chain(letIn -> {
            if (!letIn || rings.isClosed()) {
                return Uni.createFrom().item(END);
            }
            if (one.place.hasRung()) {
                return next(one, patience);
            }
            one.place = again(one);
            Duration left = patience.minus(look);
            return left.isPositive() ? next(one, left) : Uni.createFrom().item(ALIVE);
        });
    }

    /** A wait that is over hears no bell, so the next one has a place of its own; a bell between the two is heard. */
    private Rings.Place again(Listening one) {
        Rings.Place next = rings.take(one.session);
        one.place.leave();
        if (one.place.hasRung()) {
            rings.ring(one.session);
        }
        return next;
    }

    private static Uni<List<Item>> told(Listening one, List<Item> items) {
        one.after = items.getLast().seq();
        // The page was full, perhaps: look again without a bell.
        one.place.leave();
        one.place = null;
        return Uni.createFrom().item(items);
    }

    private static String lines(List<Item> items) {
        return items.isEmpty()
                ? ":\n"
                : items.stream()
                        .map(item ->
                                item.seq() + " " + item.type() + " " + item.subject() + " " + InboxText.of(item) + "\n")
                        .collect(Collectors.joining());
    }

    /** Looks again without a bell, for all streams at once. */
    @Scheduled(every = "${s2.gateway.listen-look-again:2s}", concurrentExecution = ConcurrentExecution.SKIP)
    Uni<Void> lookAgain() {
        return rings.lookAgain(sessions -> {
            Map<String, Long> seen = new HashMap<>();
            open.forEach(one -> seen.merge(one.session, one.after, Math::min));
            seen.keySet().retainAll(sessions);
            return inboxes.beyond(pool, seen);
        });
    }

    /** Runs while calls are still answered: clients open their streams in other processes. */
    void end(@Observes(notifyObserver = Reception.IF_EXISTS) ShutdownDelayInitiatedEvent ending) {
        rings.close();
    }
}
