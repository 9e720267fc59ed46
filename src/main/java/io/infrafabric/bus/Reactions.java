package io.infrafabric.bus;

import io.infrafabric.event.BusEvent.CameDue;
import io.infrafabric.event.Catalogue;
import io.infrafabric.event.Envelope;
import io.infrafabric.event.Event;
import io.smallrye.mutiny.Uni;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a function hears, and what it does about each: the one table in its {@code …Function}. Its subscriptions are read from
 * it, so a function hears exactly what it handles. It never changes; each step of building it gives a new one.
 *
 * <pre>{@code
 * @Produces
 * static final Reactions<Turn, Uni<Void>> HEARS = Reactions.<Turn>atOnce("stealing")
 *         .on(BreakerOpened.class, Turn::opened)
 *         .due("look:", Turn::look);
 * }</pre>
 *
 * <p>What comes due goes to a handler by the kind of its entity: the prefix up to and including the colon. The handler
 * gets the rest. A handler hears every event of its type, and decides by itself whether the event concerns its
 * function.
 *
 * @param <C> what handlers work with: the turn of one event, or what a batch gathers
 * @param <R> what a handler returns: the reaction to the event
 */
public final class Reactions<C, R> implements Hears {

    /** Decides how to react to an event. */
    public interface Handler<C, E, R> {
        /** Does no I/O. */
        R hear(C context, E event, Envelope envelope);
    }

    /** Notes an event, for a reaction to the whole batch. */
    public interface Note<C, E> {
        /** Does no I/O. */
        void hear(C context, E event, Envelope envelope);
    }

    /** The reaction to an event after everything that its batch concerns is locked. */
    public interface Then<L> {
        /** Reacts. */
        Uni<Void> when(L locked);

        /** Does nothing. */
        static <L> Then<L> nothing() {
            return locked -> Uni.createFrom().voidItem();
        }
    }

    private final String function;
    private final R nothing;
    private final Map<Class<? extends Event>, Handler<C, Event, R>> heard;
    private final Map<String, Handler<C, String, R>> due;

    private Reactions(
            String function,
            R nothing,
            Map<Class<? extends Event>, Handler<C, Event, R>> heard,
            Map<String, Handler<C, String, R>> due) {
        this.function = function;
        this.nothing = nothing;
        this.heard = heard;
        this.due = due;
    }

    /** For a function that reacts to each event by itself. */
    public static <C> Reactions<C, Uni<Void>> atOnce(String function) {
        return new Reactions<>(function, Uni.createFrom().voidItem(), Map.of(), Map.of());
    }

    /** For a function that locks what a whole batch concerns, and then reacts event by event. */
    public static <C, L> Reactions<C, Then<L>> underLock(String function) {
        return new Reactions<>(function, Then.nothing(), Map.of(), Map.of());
    }

    /** For a function that only notes events, and reacts to the batch as a whole. */
    public static <C> Reactions<C, Void> together(String function) {
        return new Reactions<>(function, null, Map.of(), Map.of());
    }

    /** Has {@code handler} react to events of this type. */
    public <E extends Event> Reactions<C, R> on(Class<E> type, Handler<C, E, R> handler) {
        Catalogue.nameOf(type);
        return new Reactions<>(
                function,
                nothing,
                with(heard, type, (context, event, envelope) -> handler.hear(context, type.cast(event), envelope)),
                due);
    }

    /** The same for a handler that needs only the event. */
    public <E extends Event> Reactions<C, R> on(Class<E> type, BiFunction<C, E, R> handler) {
        return on(type, (context, event, envelope) -> handler.apply(context, event));
    }

    /** Has events of this type noted. */
    public <E extends Event> Reactions<C, R> note(Class<E> type, Note<C, E> note) {
        return on(type, (context, event, envelope) -> {
            note.hear(context, event, envelope);
            return nothing;
        });
    }

    /** The same for a note that needs only the event. */
    public <E extends Event> Reactions<C, R> note(Class<E> type, BiConsumer<C, E> note) {
        return note(type, (context, event, envelope) -> note.accept(context, event));
    }

    /** Has {@code handler} react when an entity of this kind comes due. */
    public Reactions<C, R> due(String kind, Handler<C, String, R> handler) {
        return new Reactions<>(function, nothing, heard, with(due, kind, handler));
    }

    /** The same for a handler that needs only the entity. */
    public Reactions<C, R> due(String kind, BiFunction<C, String, R> handler) {
        return due(kind, (context, id, envelope) -> handler.apply(context, id));
    }

    /** Has entities of this kind noted when they come due. */
    public Reactions<C, R> noteDue(String kind, BiConsumer<C, String> note) {
        return due(kind, (context, id) -> {
            note.accept(context, id);
            return nothing;
        });
    }

    /**
     * Passes an event to its handler. An event that only another release of the function hears has no effect.
     *
     * @throws IllegalArgumentException if an entity comes due whose kind is not in the table
     */
    public R tell(C context, Envelope envelope) {
        Event event = envelope.event();
        if (event instanceof CameDue came) {
            return tellDue(context, came.entity(), envelope);
        }
        Handler<C, Event, R> handler = heard.get(event.getClass());
        return handler == null ? nothing : handler.hear(context, event, envelope);
    }

    /** Passes each event to its handler, one after the other. */
    public List<R> tell(C context, List<Envelope> envelopes) {
        return envelopes.stream().map(envelope -> tell(context, envelope)).toList();
    }

    /** Runs the reactions one after the other. */
    public static <L> Uni<Void> inTurn(List<Then<L>> reactions, L locked) {
        Uni<Void> done = Uni.createFrom().voidItem();
        for (Then<L> reaction : reactions) {
            done = done.chain(() -> reaction.when(locked));
        }
        return done;
    }

    @Override
    public String function() {
        return function;
    }

    @Override
    public Set<String> types() {
        return Stream.concat(
                        Stream.of(Catalogue.cameDue(function)),
                        heard.keySet().stream().map(Catalogue::nameOf))
                .collect(Collectors.toUnmodifiableSet());
    }

    private R tellDue(C context, String entity, Envelope envelope) {
        int end = entity.indexOf(':') + 1;
        Handler<C, String, R> handler = due.get(entity.substring(0, end));
        if (handler == null) {
            throw new IllegalArgumentException("Nothing of this kind comes due here: " + entity);
        }
        return handler.hear(context, entity.substring(end), envelope);
    }

    private static <K, V> Map<K, V> with(Map<K, V> table, K key, V value) {
        Map<K, V> more = new HashMap<>(table);
        if (more.put(key, value) != null) {
            throw new IllegalArgumentException(key + " stands in the table twice");
        }
        return Map.copyOf(more);
    }
}
