package io.infrafabric.proof;

import io.infrafabric.fabric.FabricProcess;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * One address before several processes, as a Service of Kubernetes is: it gives each new connection to one of those that were
 * ready at the last look, and leaves open connections alone. What one side says it passes on, and nothing else.
 */
final class Balancer implements AutoCloseable {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);
    private static final int PART = 8192;
    private static final int PATIENCE_MILLIS = 5_000;

    private final ServerSocket door = new ServerSocket(0, 200, InetAddress.ofLiteral("127.0.0.1"));
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();
    private final CountDownLatch over = new CountDownLatch(1);
    private final int count;
    private final IntFunction<FabricProcess> processes;
    private volatile List<URI> ready = List.of();

    /** Before {@code count} processes, each of which may be exchanged for its successor at any time. */
    Balancer(int count, IntFunction<FabricProcess> processes) throws IOException {
        this.count = count;
        this.processes = processes;
        look();
        threads.execute(this::keepLooking);
        threads.execute(this::accept);
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + door.getLocalPort());
    }

    /** How many processes get new connections. */
    int inRotation() {
        return ready.size();
    }

    private void look() {
        ready = IntStream.range(0, count)
                .mapToObj(processes)
                .filter(FabricProcess::ready)
                .map(process -> URI.create(process.url()))
                .toList();
    }

    private void keepLooking() {
        try {
            while (!over.await(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept() {
        try {
            while (!door.isClosed()) {
                Socket client = door.accept();
                threads.execute(() -> connect(client));
            }
        } catch (IOException _) {
            // It was closed.
        }
    }

    private void connect(Socket client) {
        List<URI> now = ready;
        try {
            if (now.isEmpty()) {
                client.close();
                return;
            }
            URI chosen = now.get(Math.floorMod(turn.getAndIncrement(), now.size()));
            Socket server = new Socket();
            server.connect(new InetSocketAddress(chosen.getHost(), chosen.getPort()), PATIENCE_MILLIS);
            open.addAll(List.of(client, server));
            for (Socket socket : List.of(client, server)) {
                socket.setTcpNoDelay(true);
            }
            var back = threads.submit(() -> pass(server, client));
            pass(client, server);
            back.get();
            client.close();
            server.close();
            open.removeAll(List.of(client, server));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (Exception _) {
            closeQuietly(client);
        }
    }

    /** Passes bytes on until one side ends, and then that it has ended. */
    private static void pass(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] part = new byte[PART];
            for (int length = in.read(part); length >= 0; length = in.read(part)) {
                out.write(part, 0, length);
            }
            to.shutdownOutput();
        } catch (IOException _) {
            // As a broken connection.
            closeQuietly(from);
            closeQuietly(to);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // It is as good as closed.
        }
    }

    @Override
    public void close() {
        over.countDown();
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open.forEach(Balancer::closeQuietly);
        threads.shutdownNow();
    }
}
