package io.infrafabric.chassis.module;

import io.infrafabric.bus.RunAgain;
import io.infrafabric.bus.Work;
import io.infrafabric.chassis.ChassisConfig;
import io.infrafabric.chassis.ModulePins;
import io.infrafabric.chassis.module.StoredModule.OlderVersion;
import io.infrafabric.chassis.module.Upload.Examined;
import io.infrafabric.chassis.run.RunTable;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.command.Once.Reply;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlClient;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Instance;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** Keeps, shows and deletes modules. */
@ApplicationScoped
public class ModuleTransaction {

    /** What putting a module came to. */
    public sealed interface Put {
        record Done(StoredModule now) implements Put {}

        /**
         * It may not be kept.
         *
         * @param what the first thing that is in the way
         */
        record Refused(String what) implements Put {}

        /**
         * There are as many as may be kept.
         *
         * @param things {@code modules}, or {@code versions of it}
         */
        record Full(int most, String things) implements Put {}
    }

    /** What deleting a module came to. */
    public sealed interface Removed {
        record Done() implements Removed {}

        record Unknown() implements Removed {}

        record Pinned(String sha256) implements Removed {}
    }

    private final Commands commands;
    private final Pool pool;
    private final Instance<ModulePins> pins;
    private final ChassisConfig config;

    ModuleTransaction(Commands commands, Pool pool, Instance<ModulePins> pins, ChassisConfig config) {
        this.commands = commands;
        this.pool = pool;
        this.pins = pins;
        this.config = config;
    }

    /** Examines the bytes, away from the event loop, and makes them the newest version of the module. */
    public Uni<Reply<Put>> put(String name, byte[] bytes, String by, Keep<Put> keep) {
        return Uni.createFrom()
                .item(() -> Upload.examined(bytes))
                .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
                .chain(examined -> switch (examined) {
                    case Examined.Bad(String what) -> Uni.createFrom().item(new Reply.Now<>(new Put.Refused(what)));
                    case Examined.Good(Upload upload) -> commands.alone(keep, work -> put(work, name, upload, by));
                });
    }

    private Uni<Put> put(Work work, String name, Upload upload, String by) {
        return ModuleTable.lock(work, name)
                .take()
                .chain(there -> there
                        ? add(work, name, upload, by)
                        : ModuleTable.inTurn(work)
                                .take()
                                .chain(turn -> ModuleTable.count(work).chain(count -> {
                                    if (count >= config.maxModules()) {
                                        work.nothingWritten();
                                        return Uni.createFrom().item(new Put.Full(config.maxModules(), "modules"));
                                    }
                                    return ModuleTable.find(work.connection(), name)
                                            .chain(found -> {
                                                if (found != null) {
                                                    throw new RunAgain(
                                                            "another transaction added a module with that name");
                                                }
                                                return ModuleTable.add(work, turn, name, upload.sha256(), by)
                                                        .chain(() -> add(work, name, upload, by));
                                            });
                                })));
    }

    /** The versions before it go, unless they are still needed. */
    private Uni<Put> add(Work work, String name, Upload upload, String by) {
        return ModuleTable.versions(work.connection(), name)
                .chain(versions -> pinned(work, name, others(versions, upload.sha256()))
                        .chain(pinned -> {
                            if (pinned.size() >= config.maxVersions()) {
                                work.nothingWritten();
                                return Uni.createFrom().item(new Put.Full(config.maxVersions(), "versions of it"));
                            }
                            return ModuleTable.addVersion(work, name, upload, by)
                                    .chain(() -> inTurn(
                                            others(versions, upload.sha256()).stream()
                                                    .filter(sha256 -> !pinned.contains(sha256))
                                                    .toList(),
                                            sha256 -> ModuleTable.removeVersion(work, name, sha256)))
                                    .chain(() -> find(work.connection(), name))
                                    .map(Put.Done::new);
                        }));
    }

    private static Uni<StoredModule> find(SqlClient client, String name) {
        return ModuleTable.find(client, name)
                .chain(found -> found == null
                        ? Uni.createFrom().nullItem()
                        : ModuleTable.versions(client, name).map(all -> shown(found, all)));
    }

    private static StoredModule shown(StoredModule module, List<OlderVersion> versions) {
        return module.with(versions.stream()
                .filter(version -> !version.sha256().equals(module.sha256()))
                .toList());
    }

    private static List<String> others(List<OlderVersion> versions, String sha256) {
        return versions.stream()
                .map(OlderVersion::sha256)
                .filter(other -> !other.equals(sha256))
                .toList();
    }

    /** Those of these versions that a task or a run still needs. */
    private Uni<List<String>> pinned(Work work, String name, List<String> versions) {
        Uni<List<String>> all = Uni.createFrom().item(List.of());
        for (String sha256 : versions) {
            all = all.chain(before -> pinned(work, name, sha256).map(is -> is ? with(before, sha256) : before));
        }
        return all;
    }

    private Uni<Boolean> pinned(Work work, String name, String sha256) {
        return RunTable.needs(work, sha256)
                .chain(needed -> needed || pins.isUnsatisfied()
                        ? Uni.createFrom().item(needed)
                        : pins.get().pinned(work, name, sha256));
    }

    private static List<String> with(List<String> before, String one) {
        return Stream.concat(before.stream(), Stream.of(one)).toList();
    }

    private static Uni<Void> inTurn(List<String> each, Function<String, Uni<Void>> step) {
        Uni<Void> done = Uni.createFrom().voidItem();
        for (String one : each) {
            done = done.chain(() -> step.apply(one));
        }
        return done;
    }

    /** Deletes the module with all its versions, unless one of them is still needed. */
    public Uni<Reply<Removed>> remove(String name, Keep<Removed> keep) {
        return commands.alone(
                keep,
                work -> ModuleTable.lock(work, name).take().chain(there -> {
                    if (!there) {
                        work.nothingWritten();
                        return Uni.createFrom().item(new Removed.Unknown());
                    }
                    return ModuleTable.versions(work.connection(), name)
                            .chain(versions -> pinned(work, name, others(versions, "")))
                            .chain(pinned -> {
                                if (!pinned.isEmpty()) {
                                    work.nothingWritten();
                                    return Uni.createFrom().item(new Removed.Pinned(pinned.getFirst()));
                                }
                                return ModuleTable.remove(work, name).replaceWith(new Removed.Done());
                            });
                }));
    }

    /** The module with its older versions; {@code null} if there is none. */
    public Uni<StoredModule> find(String name) {
        return find(pool, name);
    }

    /** One page, newest first, without older versions. */
    public Uni<List<StoredModule>> page(Instant before, String beforeName, int limit) {
        return ModuleTable.page(pool, before, beforeName, limit);
    }
}
