package io.infrafabric.edge;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * The network between a node and a server: it passes bytes on, both ways, until it is cut. Then it swallows them, and tells
 * nobody: connections stay open, and new ones get no answer, as where packets are dropped. Connections of before are gone when it
 * is mended, as where a router forgot them.
 */
public final class Line implements AutoCloseable {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final int BUFFER = 8192;

    private final ServerSocket door;
    private final int server;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private volatile boolean cut;
    /** Nobody waits for it as long as nothing is cut. */
    private volatile CountDownLatch mended = new CountDownLatch(0);

    private Line(ServerSocket door, int server) {
        this.door = door;
        this.server = server;
    }

    /** A line to the server at this port of this machine. */
    public static Line to(int server) {
        try {
            Line line = new Line(new ServerSocket(0, 50, LOOPBACK), server);
            Thread.ofVirtual().start(line::accept);
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port at which the server is reached over this line. */
    public int port() {
        return door.getLocalPort();
    }

    /** From now on nothing gets through. */
    public void cut() {
        mended = new CountDownLatch(1);
        cut = true;
    }

    /** From now on new connections get through. */
    public void mend() {
        open.forEach(Line::end);
        open.clear();
        cut = false;
        mended.countDown();
    }

    @Override
    public void close() {
        try {
            door.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open.forEach(Line::end);
        mended.countDown();
    }

    private void accept() {
        try {
            while (true) {
                Socket node = door.accept();
                open.add(node);
                if (!cut) {
                    connect(node);
                }
            }
        } catch (IOException _) {
            // Closed.
        }
    }

    private void connect(Socket node) {
        try {
            Socket there = new Socket(LOOPBACK, server);
            open.add(there);
            Thread.ofVirtual().start(() -> pass(node, there));
            Thread.ofVirtual().start(() -> pass(there, node));
        } catch (IOException _) {
            // The server is away: the next connection may find it.
            end(node);
        }
    }

    private void pass(Socket from, Socket to) {
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            byte[] buffer = new byte[BUFFER];
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                if (!cut) {
                    out.write(buffer, 0, length);
                }
            }
            // A connection that ends while the line is cut ends unheard.
            mended.await();
        } catch (IOException _) {
            // One side has ended it.
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
