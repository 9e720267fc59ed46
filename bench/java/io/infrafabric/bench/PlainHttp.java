package io.infrafabric.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.infrafabric.bench.Fabric.Answer;
import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.Map;
import java.net.URI;

/**
 * One kept-alive connection on which a thread makes one call after the other: one write, and one read that the answer
 * wakes. Where single calls are timed, a client of event loops would time its own threads, too: at rest their waking takes as
 * long as a commit. Knows as much of HTTP/1.1 (RFC 9112) as answers of the fabric need.
 */
final class PlainHttp implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private final String host;

    /** What came back, not looked at yet, and when ({@link System#nanoTime}). */
    record Raw(int status, String body, long at) {
        Answer answer() {
            return new Answer(status, body.isEmpty() ? new JsonObject() : new JsonObject(body));
        }
    }

    PlainHttp(String url) {
        URI address = URI.create(url);
        try {
            this.socket = new Socket(address.getHost(), address.getPort());
            socket.setTcpNoDelay(true);
            this.in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.host = address.getAuthority();
    }

    /** A call that may be made many times. */
    byte[] post(String path, String token, JsonObject body) {
        return post(path, Map.of("Authorization", "Bearer " + token), body);
    }

    /** The same with other headers. */
    byte[] post(String path, Map<String, String> headers, JsonObject body) {
        String json = body.encode();
        StringBuilder head = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\n");
        headers.forEach((name, value) ->
                head.append(name).append(": ").append(value).append("\r\n"));
        return (head + "Content-Type: application/json\r\nContent-Length: " + json.getBytes(UTF_8).length
                        + "\r\n\r\n" + json)
                .getBytes(UTF_8);
    }

    /** A look, for {@link #call}, too. */
    byte[] get(String path, String token) {
        return ("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer " + token + "\r\n\r\n")
                .getBytes(UTF_8);
    }

    /**
     * Makes a call of {@link #post} or {@link #get}, and waits for all of its answer.
     *
     * @throws UncheckedIOException if the connection is at its end
     */
    Raw call(byte[] request) {
        try {
            socket.getOutputStream().write(request);
            int status = Integer.parseInt(line().split(" ", 3)[1]);
            int length = 0;
            boolean inPieces = false;
            for (String header = line(); !header.isEmpty(); header = line()) {
                int colon = header.indexOf(':');
                String name = header.substring(0, colon);
                if (name.equalsIgnoreCase("Content-Length")) {
                    length = Integer.parseInt(header.substring(colon + 1).strip());
                } else if (name.equalsIgnoreCase("Transfer-Encoding")) {
                    inPieces = true;
                }
            }
            byte[] body = inPieces ? pieces() : in.readNBytes(length);
            long at = System.nanoTime();
            return new Raw(status, new String(body, UTF_8), at);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] pieces() throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = size(); size > 0; size = size()) {
            body.write(in.readNBytes(size));
            line();
        }
        line();
        return body.toByteArray();
    }

    private int size() throws IOException {
        return Integer.parseInt(line().split(";", 2)[0].strip(), 16);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("The connection was closed after: " + line);
            }
            line.append((char) next);
        }
        return line.toString().stripTrailing();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
