package io.infrafabric.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What users would pick instead, measured by {@code bench/peers/bench.mjs} on the same servers. */
final class Peers {
    private static final Path SOURCES = Path.of("bench", "peers");
    private static final Path HOME = Path.of("target", "bench-peers");
    private static final long PATIENCE_MINUTES = 10;
    private static final String PICKUPS = "100";

    private final Ground ground;

    private Peers(Ground ground) {
        this.ground = ground;
    }

    /** Installs them with npm, or says why there are none. */
    static Optional<Peers> install(Ground ground) {
        try {
            Files.createDirectories(HOME);
            for (String name : List.of("package.json", "package-lock.json", "bench.mjs")) {
                Files.copy(SOURCES.resolve(name), HOME.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
            Path log = HOME.resolve("npm.log");
            Process npm = new ProcessBuilder("npm", "install", "--no-audit", "--no-fund")
                    .directory(HOME.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!npm.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES) || npm.exitValue() != 0) {
                npm.destroyForcibly();
                Report.say("The peers are left out: `npm install` failed, see " + log + ".");
                return Optional.empty();
            }
            return Optional.of(new Peers(ground));
        } catch (IOException noNpm) {
            Report.say("The peers are left out: there is no npm (" + noNpm.getMessage() + ").");
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Measures one of them; nothing if it fails, with a sentence that says so. */
    Optional<JsonObject> measure(String peer, int jobs) {
        Path log = HOME.toAbsolutePath().resolve(peer + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(HOME.resolve("node_modules/node/bin/node").toAbsolutePath().toString(), "bench.mjs", peer)
                        .directory(HOME.toFile())
                        .redirectError(log.toFile());
        builder.environment().put("PG_URL", ground.postgresUrl());
        builder.environment().put("REDIS_PORT", Integer.toString(Ground.redisPort()));
        builder.environment().put("JOBS", Integer.toString(jobs));
        builder.environment().put("PICKUPS", PICKUPS);
        try {
            Process node = builder.start();
            String answer = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (node.waitFor() == 0 && !answer.isBlank()) {
                return Optional.of(new JsonObject(answer.strip()));
            }
            Report.say(peer + " is left out: it ended with " + node.exitValue() + ", see " + log + ".");
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
