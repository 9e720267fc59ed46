package io.infrafabric.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port of this machine for a server that is about to start. It lies below the ports that Linux gives to outgoing
 * connections (32768 and up): otherwise such a connection may take it before the server does.
 */
public final class FreePort {
    private static final int LOWEST = 20_000;
    private static final int BEYOND = 32_768;
    private static final int ATTEMPTS = 100;

    private FreePort() {}

    /**
     * A port on which nothing listens at this moment.
     *
     * @throws UncheckedIOException if none of a hundred tries finds one
     */
    public static int find() {
        for (int attempt = 1; ; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, BEYOND);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"))) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                if (attempt == ATTEMPTS) {
                    throw new UncheckedIOException(taken);
                }
            }
        }
    }
}
