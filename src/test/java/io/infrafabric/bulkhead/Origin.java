package io.infrafabric.bulkhead;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;

/**
 * A provider for tests, on plain sockets, so that it can misbehave in every way: its script writes the bytes of an answer
 * itself. It counts what it sees.
 */
public final class Origin implements AutoCloseable {

    /** How a request is answered. */
    public interface Script {
        void answer(Asked asked, Out out) throws IOException, InterruptedException;
    }

    /** A request as it came; header names in lower case. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Asked(String method, String target, Map<String, List<String>> headers, byte[] body) {
        /** The only value of a header, {@code null} for none. */
        public String header(String name) {
            List<String> values = headers.getOrDefault(name, List.of());
            if (values.size() > 1) {
                throw new AssertionError(name + " came " + values.size() + " times: " + values);
            }
            return values.isEmpty() ? null : values.getFirst();
        }

        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /** Where an answer goes. Every write is flushed. */
    public static final class Out {
        private final Socket socket;
        private final OutputStream out;
        private boolean last;

        Out(Socket socket) throws IOException {
            this.socket = socket;
            this.out = socket.getOutputStream();
        }

        public Out bytes(byte[] bytes) throws IOException {
            out.write(bytes);
            out.flush();
            return this;
        }

        public Out text(String text) throws IOException {
            return bytes(text.getBytes(StandardCharsets.UTF_8));
        }

        /** A status line and headers ({@code name: value}). */
        public Out head(int status, String... headers) throws IOException {
            StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Whatever\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            return text(head.append("\r\n").toString());
        }

        /** A whole answer. */
        public Out whole(int status, String body, String... headers) throws IOException {
            List<String> all = new ArrayList<>(List.of(headers));
            all.add("Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length);
            return head(status, all.toArray(String[]::new)).text(body);
        }

        /** The head of a stream of events; then come {@link #chunk}s. */
        public Out events() throws IOException {
            return head(200, "Content-Type: text/event-stream", "Transfer-Encoding: chunked");
        }

        public Out chunk(byte[] bytes) throws IOException {
            byte[] size = (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            whole.writeBytes(size);
            whole.writeBytes(bytes);
            whole.writeBytes(new byte[] {'\r', '\n'});
            return bytes(whole.toByteArray());
        }

        public Out chunk(String text) throws IOException {
            return chunk(text.getBytes(StandardCharsets.UTF_8));
        }

        /** The end of a chunked answer. */
        public Out end() throws IOException {
            return text("0\r\n\r\n");
        }

        /** Closes the connection after what was written. */
        public void close() throws IOException {
            last = true;
            socket.close();
        }

        /** Resets the connection: what was written may be lost. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            close();
        }

        /** Returns when the other side closes the connection. */
        public void untilClosed() throws IOException {
            last = true;
            InputStream in = socket.getInputStream();
            try {
                while (in.read() >= 0) {
                    // Nobody has anything to say here.
                }
            } catch (IOException _) {
                // It is closed, too.
            }
        }
    }

    public final List<Asked> requests = new CopyOnWriteArrayList<>();
    /** Requests under way, and the most that ever were. */
    public final AtomicInteger running = new AtomicInteger();

    public final AtomicInteger most = new AtomicInteger();
    /** Requests whose script has ended. */
    public final AtomicInteger ended = new AtomicInteger();

    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile Script script;

    private Origin(Script script, ServerSocketFactory sockets) {
        this.script = script;
        try {
            this.server = sockets.createServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        Thread.ofVirtual().start(this::accept);
    }

    /** An origin that answers so. */
    public static Origin of(Script script) {
        return new Origin(script, ServerSocketFactory.getDefault());
    }

    /** One that speaks TLS, with this certificate. */
    static Origin of(SSLContext certificate, Script script) {
        return new Origin(script, certificate.getServerSocketFactory());
    }

    /** From the next request on. */
    public void answers(Script other) {
        script = other;
    }

    public int port() {
        return server.getLocalPort();
    }

    public String url() {
        return "http://127.0.0.1:" + port();
    }

    /** A script that answers when the latch opens. */
    public static Script after(CountDownLatch latch, Script then) {
        return (asked, out) -> {
            latch.await();
            then.answer(asked, out);
        };
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            BufferedInputStream in = new BufferedInputStream(socket.getInputStream());
            Out out = new Out(socket);
            while (!out.last && !socket.isClosed()) {
                Asked asked = read(in);
                if (asked == null) {
                    return;
                }
                requests.add(asked);
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                try {
                    script.answer(asked, out);
                } finally {
                    running.decrementAndGet();
                    ended.incrementAndGet();
                }
            }
        } catch (IOException | InterruptedException _) {
            // The other side is gone; the test looks at that.
        } finally {
            open.remove(socket);
        }
    }

    private static Asked read(InputStream in) throws IOException {
        String line = line(in);
        if (line == null) {
            return null;
        }
        String[] first = line.split(" ", -1);
        Map<String, List<String>> headers = new LinkedHashMap<>();
        while (true) {
            String header = line(in);
            if (header == null) {
                throw new EOFException();
            }
            if (header.isEmpty()) {
                break;
            }
            int colon = header.indexOf(':');
            headers.computeIfAbsent(header.substring(0, colon).toLowerCase(Locale.ROOT), _ -> new ArrayList<>())
                    .add(header.substring(colon + 1).strip());
        }
        byte[] body = new byte[0];
        if (headers.containsKey("content-length")) {
            body = in.readNBytes(Integer.parseInt(headers.get("content-length").getFirst()));
        } else if (headers.containsKey("transfer-encoding")) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (int size = Integer.parseInt(line(in), 16); size > 0; size = Integer.parseInt(line(in), 16)) {
                all.writeBytes(in.readNBytes(size));
                line(in);
            }
            line(in);
            body = all.toByteArray();
        }
        return new Asked(first[0], first[1], headers, body);
    }

    /** A line without its end; {@code null} at the end of the connection. */
    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return null;
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
