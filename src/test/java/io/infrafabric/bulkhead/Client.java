package io.infrafabric.bulkhead;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** A client of tests that writes the bytes of a call itself, and sees those of the answer. */
final class Client implements AutoCloseable {
    private static final int PATIENCE = 60_000;

    private final Socket socket;

    private Client(Socket socket) {
        this.socket = socket;
    }

    static Client to(URI fabric) throws IOException {
        Socket socket = new Socket(fabric.getHost(), fabric.getPort());
        socket.setSoTimeout(PATIENCE);
        socket.setTcpNoDelay(true);
        return new Client(socket);
    }

    Client send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Client send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Whether anything has come that was not read. */
    boolean hasAnswer() {
        try {
            return socket.getInputStream().available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything up to the end of the connection. */
    String rest() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(all);
        } catch (IOException _) {
            // A reset ends it, too.
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    /** Everything up to and with this text. */
    String until(String text) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf(text) < 0) {
            int b = in.read();
            if (b < 0) {
                throw new AssertionError("The connection ended after: " + seen);
            }
            seen.append((char) b);
        }
        return seen.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
