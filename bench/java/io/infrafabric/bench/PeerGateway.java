package io.infrafabric.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Portkey's gateway, which users would pick instead of bulkhead: installed by npm, in a process of its own. */
final class PeerGateway implements AutoCloseable {
    private static final Path HOME = Path.of("target", "bench-gateway");
    private static final String PACKAGE = "@portkey-ai/gateway@1.15.2";
    private static final long INSTALL_MINUTES = 10;
    private static final int LOOKS = 600;

    private final Process process;
    private final int port;

    private PeerGateway(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** Installs and starts it, or says why there is none. */
    static Optional<PeerGateway> start() {
        if (Sizes.BENCH_PEERS.get() == 0) {
            return Optional.empty();
        }
        try {
            Files.createDirectories(HOME);
            Path log = HOME.resolve("npm.log");
            Process npm = new ProcessBuilder("npm", "install", "--no-audit", "--no-fund", "--prefix", ".", PACKAGE)
                    .directory(HOME.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            if (!npm.waitFor(INSTALL_MINUTES, TimeUnit.MINUTES) || npm.exitValue() != 0) {
                npm.destroyForcibly();
                Report.say("The peer is left out: `npm install` failed, see " + log + ".");
                return Optional.empty();
            }
            int port = freePort();
            Process node = new ProcessBuilder(
                            "node", "node_modules/@portkey-ai/gateway/build/start-server.js", "--port=" + port, "--headless")
                    .directory(HOME.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(HOME.resolve("gateway.log").toFile())
                    .start();
            PeerGateway gateway = new PeerGateway(node, port);
            if (gateway.answers()) {
                return Optional.of(gateway);
            }
            gateway.close();
            Report.say("The peer is left out: it did not start, see " + HOME.resolve("gateway.log") + ".");
            return Optional.empty();
        } catch (IOException noNpm) {
            Report.say("The peer is left out: there is no npm (" + noNpm.getMessage() + ").");
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    long pid() {
        return process.pid();
    }

    /** What sends a call on to that provider. */
    static Map<String, String> headers(String provider) {
        return Map.of(
                "x-portkey-provider", "anthropic",
                "x-portkey-custom-host", provider + "/v1",
                "x-api-key", "none",
                "anthropic-version", "2023-06-01");
    }

    private boolean answers() {
        for (int look = 0; look < LOOKS && process.isAlive(); look++) {
            try (Socket open = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return open.isConnected();
            } catch (IOException notYet) {
                Ground.pause(100);
            }
        }
        return false;
    }

    private static int freePort() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
