package io.infrafabric.bulkhead.usage;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.Locale;
import java.util.Map;

/** Makes the tap for an answer. */
public final class UsageTaps {
    private static final int OK = 200;
    private static final int MULTIPLE_CHOICES = 300;
    private static final int CHUNK = 64 * 1024;

    /** What Bedrock says in headers, where the body is the model's own. */
    private static final Map<String, String> HEADERS = Map.of(
            "x-amzn-bedrock-input-token-count", "usage.inputTokens",
            "x-amzn-bedrock-output-token-count", "usage.outputTokens",
            "x-amzn-bedrock-cache-read-input-token-count", "usage.cacheReadInputTokens",
            "x-amzn-bedrock-cache-write-input-token-count", "usage.cacheWriteInputTokens");

    private UsageTaps() {}

    /** A tap for the answer to this request that begins so. */
    public static UsageTap of(Request request, int status, MultiMap headers) {
        if (status < OK || status >= MULTIPLE_CHOICES || !request.isPaid()) {
            return new Pass();
        }
        AnswerMeter meter = new AnswerMeter(request.flavour(), headers.get("Content-Type"), request.streams());
        HEADERS.forEach((header, field) -> meter.seen().told(field, TokenCount.in(headers.get(header))));
        String encoding = headers.get("Content-Encoding");
        boolean isReadable =
                encoding == null || encoding.toLowerCase(Locale.ROOT).equals("identity");
        EventFilter filter =
                request.asksForUsage() && isReadable && meter.events() != null ? new EventFilter(meter) : null;
        return new Metered(request, meter, filter, isReadable);
    }

    /** Of an answer that costs nothing. */
    private static final class Pass implements UsageTap {
        @Override
        public Buffer see(Buffer chunk) {
            return chunk;
        }

        @Override
        public Buffer end() {
            return Buffer.buffer();
        }

        @Override
        public Usage usage() {
            return Usage.NONE;
        }

        @Override
        public boolean sawError() {
            return false;
        }
    }

    /**
     * Of an answer that says what it used.
     *
     * @param filter {@code null} if nothing is to be taken out
     */
    private record Metered(Request request, AnswerMeter meter, EventFilter filter, boolean isReadable)
            implements UsageTap {
        @Override
        public Buffer see(Buffer chunk) {
            if (filter != null) {
                return Buffer.buffer(filter.see(chunk.getBytes()));
            }
            if (isReadable) {
                byte[] piece = new byte[Math.min(CHUNK, chunk.length())];
                for (int at = 0; at < chunk.length(); at += piece.length) {
                    int to = Math.min(at + piece.length, chunk.length());
                    chunk.getBytes(at, to, piece);
                    meter.see(piece, 0, to - at);
                }
            }
            return chunk;
        }

        @Override
        public Buffer end() {
            meter.end();
            return Buffer.buffer(filter == null ? new byte[0] : filter.end());
        }

        @Override
        public Usage usage() {
            return meter.seen().usage(request.inputTokens(), request.model());
        }

        @Override
        public boolean sawError() {
            return meter.seen().sawError();
        }
    }
}
