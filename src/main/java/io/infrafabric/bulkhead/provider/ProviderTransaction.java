package io.infrafabric.bulkhead.provider;

import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.bulkhead.provider.ProviderTable.Turn;
import io.infrafabric.bulkhead.provider.ProviderWish.Decided;
import io.infrafabric.bulkhead.slot.Slots;
import io.infrafabric.bus.Lock;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.infrafabric.event.BulkheadEvent.ProviderChanged;
import io.infrafabric.event.Trace;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;

/** Makes, changes, lists and deletes providers. */
@ApplicationScoped
public class ProviderTransaction {

    /** What putting a provider came to. */
    public sealed interface Put {
        record Done(Provider now) implements Put {}

        /** A new one needs this field. */
        record Missing(String field) implements Put {}

        record Full(int most) implements Put {}
    }

    /** What deleting a provider came to. */
    public sealed interface Removed {
        record Done() implements Removed {}

        record Unknown() implements Removed {}

        /** Calls to it are under way. */
        record InUse(int calls) implements Removed {}
    }

    private final Commands commands;
    private final Pool pool;
    private final Slots slots;
    private final BulkheadConfig config;

    ProviderTransaction(Commands commands, Pool pool, Slots slots, BulkheadConfig config) {
        this.commands = commands;
        this.pool = pool;
        this.slots = slots;
        this.config = config;
    }

    /** Makes a provider, or changes the given parts. */
    public Uni<Reply<Put>> put(String name, ProviderWish wish, String by, Trace trace, Keep<Put> keep) {
        return commands.alone(
                keep,
                work -> ProviderTable.inTurn(work)
                        .then(turn -> locked(work, name, turn))
                        .take()
                        .chain(locked -> Rows.now(work.connection())
                                .chain(now -> put(work, locked, wish.over(locked.old(), name, by, now), trace))));
    }

    /** @param old {@code null} if there is none */
    private record Locked(Turn turn, Provider old) {}

    private static Lock<io.infrafabric.bus.Locks.Turns, Locked> locked(Work work, String name, Turn turn) {
        return Lock.of(ProviderTable.lock(work, name).take().map(old -> new Locked(turn, old)));
    }

    private Uni<Put> put(Work work, Locked locked, Decided decided, Trace trace) {
        return switch (decided) {
            case Decided.Missing(String field) -> {
                work.nothingWritten();
                yield Uni.createFrom().item(new Put.Missing(field));
            }
            case Decided.Provided(Provider now) ->
                room(work, locked.old()).chain(room -> {
                    if (!room) {
                        work.nothingWritten();
                        return Uni.createFrom().item(new Put.Full(config.maxProviders()));
                    }
                    tell(work, now, false, now.version(), now.changedBy(), now.changedAt(), trace);
                    return ProviderTable.put(work, locked.turn(), now).replaceWith(new Put.Done(now));
                });
        };
    }

    private Uni<Boolean> room(Work work, Provider old) {
        return old != null
                ? Uni.createFrom().item(true)
                : ProviderTable.count(work).map(count -> count < config.maxProviders());
    }

    private static void tell(
            Work work, Provider one, boolean deleted, long version, String by, Instant at, Trace trace) {
        work.emit(
                new ProviderChanged(
                        one.name(),
                        one.baseUrl().toString(),
                        one.dialect().name(),
                        one.maxConcurrent(),
                        deleted,
                        by,
                        at,
                        version),
                trace);
        work.ring(Providers.BELL + ":" + one.name());
    }

    /** Deletes the provider, unless calls to it are under way. */
    public Uni<Reply<Removed>> remove(String name, String by, Trace trace, Keep<Removed> keep) {
        return commands.alone(
                keep,
                work -> ProviderTable.inTurn(work)
                        .then(turn -> locked(work, name, turn))
                        .take()
                        .chain(locked -> {
                            if (locked.old() == null) {
                                work.nothingWritten();
                                return Uni.createFrom().item(new Removed.Unknown());
                            }
                            return slots.running(work, name)
                                    .chain(running ->
                                            running > 0 ? inUse(work, running) : remove(work, locked, by, trace));
                        }));
    }

    private static Uni<Removed> inUse(Work work, int running) {
        work.nothingWritten();
        return Uni.createFrom().item(new Removed.InUse(running));
    }

    private static Uni<Removed> remove(Work work, Locked locked, String by, Trace trace) {
        Provider old = locked.old();
        return Rows.now(work.connection())
                .invoke(now -> tell(work, old, true, old.version() + 1, by, now, trace))
                .chain(() -> ProviderTable.remove(work, locked.turn(), old.name()))
                .replaceWith(new Removed.Done());
    }

    /** The provider; {@code null} if there is none. */
    public Uni<Provider> find(String name) {
        return ProviderTable.find(pool, name);
    }

    /** One page by name. */
    public Uni<List<Provider>> page(String after, int limit) {
        return ProviderTable.page(pool, after, limit);
    }
}
