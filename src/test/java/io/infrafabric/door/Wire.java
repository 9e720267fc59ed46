package io.infrafabric.door;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One connection, byte by byte, as no HTTP client would have it. */
public final class Wire implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;

    /** An answer; {@code head} in lower case. */
    public record Answer(int status, String head, String body) {}

    public Wire(URI door) throws IOException {
        socket = new Socket(door.getHost(), door.getPort());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
    }

    public Wire send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public Wire send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** A whole call; without a body if {@code body} is {@code null}. */
    public Wire call(String method, String path, String token, String body) throws IOException {
        String length = body == null
                ? ""
                : "content-type: application/json\r\ncontent-length: " + body.getBytes(StandardCharsets.UTF_8).length
                        + "\r\n";
        return send((method + " " + path + " HTTP/1.1\r\nhost: door\r\n" + bearer(token) + length + "\r\n"
                        + (body == null ? "" : body))
                .getBytes(StandardCharsets.UTF_8));
    }

    /** The head of a call and the first byte of its body; the rest never comes. */
    public Wire halfACall(String path, String token) throws IOException {
        return send("POST " + path + " HTTP/1.1\r\nhost: door\r\n" + bearer(token)
                + "content-type: application/json\r\ncontent-length: 1000\r\n\r\n{");
    }

    public static String bearer(String token) {
        return token == null ? "" : "authorization: Bearer " + token + "\r\n";
    }

    /** The next answer; {@code null} if the connection ends instead. */
    public Answer answer() throws IOException {
        StringBuilder head = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (head.indexOf("\r\n\r\n") < 0) {
            int read = readOrEnd(in);
            if (read < 0) {
                return null;
            }
            head.append((char) read);
        }
        String lower = head.toString().toLowerCase(Locale.ROOT);
        int at = lower.indexOf("content-length: ");
        int length = at < 0
                ? 0
                : Integer.parseInt(lower.substring(at + "content-length: ".length(), lower.indexOf("\r\n", at)));
        byte[] body = in.readNBytes(length);
        return new Answer(
                Integer.parseInt(lower.substring("http/1.1 ".length(), "http/1.1 200".length())),
                lower,
                new String(body, StandardCharsets.UTF_8));
    }

    /** Sends one byte after the other until something comes back, and gives that: empty if the connection just ends. */
    public String drip(String text, int everyMillis) throws IOException {
        ByteArrayOutputStream back = new ByteArrayOutputStream();
        socket.setSoTimeout(everyMillis);
        InputStream in = socket.getInputStream();
        for (int i = 0; ; i++) {
            try {
                int read = readOrEnd(in);
                if (read < 0) {
                    return back.toString(StandardCharsets.UTF_8);
                }
                back.write(read);
            } catch (SocketTimeoutException _) {
                if (back.size() == 0) {
                    send(text.substring(i % text.length(), i % text.length() + 1));
                }
            }
        }
    }

    /** Reads that many bytes. */
    public byte[] read(int bytes) throws IOException {
        return socket.getInputStream().readNBytes(bytes);
    }

    /** Whether the other side has ended the connection, now or soon. */
    public boolean ends() throws IOException {
        return readOrEnd(socket.getInputStream()) < 0;
    }

    private static int readOrEnd(InputStream in) throws IOException {
        try {
            return in.read();
        } catch (SocketTimeoutException waiting) {
            throw waiting;
        } catch (IOException _) {
            return -1; // reset
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
