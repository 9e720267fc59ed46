package io.infrafabric.gateway.incoming;

import io.infrafabric.bus.EventIds;
import io.infrafabric.bus.Transactions;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Canonical;
import io.infrafabric.gateway.incoming.ForeignCommands.Command;
import io.infrafabric.gateway.incoming.ForeignEventTable.Kept;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Takes in events from outside: all of a call or none, each once. */
@ApplicationScoped
class TakingTransaction {
    /** An event that was taken in, by this call or before. */
    record Taken(Command command, UUID event, String effect, boolean before) {}

    private final Transactions transactions;
    private final EventIds ids;

    TakingTransaction(Transactions transactions, EventIds ids) {
        this.transactions = transactions;
        this.ids = ids;
    }

    Uni<List<Taken>> take(List<Command> commands) {
        Map<String, Kept> wishes = new LinkedHashMap<>();
        for (Command command : commands) {
            UUID id = ids.next();
            wishes.putIfAbsent(
                    key(command), new Kept(key(command), id, command.effect().apply(id)));
        }
        return transactions.run(work -> ForeignEventTable.take(work.connection(), List.copyOf(wishes.values()))
                .chain(fresh -> ForeignEventTable.find(work.connection(), wishes.keySet())
                        .map(kept -> taken(work, commands, fresh, kept))));
    }

    private static List<Taken> taken(Work work, List<Command> commands, Set<String> fresh, Map<String, Kept> kept) {
        Set<String> left = new HashSet<>(fresh);
        List<Taken> all = new ArrayList<>(commands.size());
        for (Command command : commands) {
            Kept one = kept.get(key(command));
            boolean now = left.remove(one.key());
            if (now) {
                work.emit(one.event(), command.event(), command.from().trace());
            }
            all.add(new Taken(command, one.event(), one.effect(), !now));
        }
        if (fresh.isEmpty()) {
            work.nothingWritten();
        }
        return all;
    }

    /** The parts are made unambiguous by their lengths. */
    private static String key(Command command) {
        ForeignEvent from = command.from();
        String swarm = command.swarm() == null ? "" : command.swarm();
        return Canonical.sha256(
                swarm.length() + ":" + swarm + from.source().length() + ":" + from.source() + from.id());
    }
}
