package io.infrafabric.bulkhead.usage;

import io.infrafabric.bulkhead.usage.JsonWalk.Kind;
import io.infrafabric.bulkhead.usage.JsonWalk.Scalar;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a request says before it is sent, read from its body as it comes: which model it asks, and for how much. */
final class RequestScan implements JsonWalk.Sink {
    /** What JSON has of a token at least: the estimate is to be above what is used, in almost all languages. */
    private static final int BYTES_PER_TOKEN = 3;

    /** A picture of the size that providers accept. */
    static final long IMAGE = 3_000;

    /** What is only referred to: a file, a document at an address, a conversation that the provider keeps. */
    static final long REFERENCE = 20_000;

    private static final long MOST_ANSWERS = 128;
    private static final int SHORTEST_IMAGE = 256;

    /** How pictures begin in Base64: PNG, JPEG, GIF, WebP. */
    private static final List<String> IMAGES = List.of("data:image/", "iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR");

    private static final Set<String> MOST_OUTPUT = Set.of(
            "max_tokens",
            "max_completion_tokens",
            "max_output_tokens",
            "max_tokens_to_sample",
            "max_gen_len",
            "generationConfig.maxOutputTokens",
            "generation_config.max_output_tokens",
            "inferenceConfig.maxTokens",
            "textGenerationConfig.maxTokenCount",
            "options.num_predict");

    private static final Set<String> ANSWERS =
            Set.of("n", "best_of", "generationConfig.candidateCount", "generation_config.candidate_count");

    private static final Set<String> REFERENCES = Set.of(
            "file_id", "file_url", "fileUri", "file_uri", "previous_response_id", "conversation", "cachedContent");

    /** {@code …/models/gemini-2.5-pro:generateContent}, {@code /model/<id>/converse}, {@code /deployments/<name>/}. */
    private static final Pattern IN_PATH = Pattern.compile("/(?:models?|deployments)/([^/:?]+(?::[0-9]+)?)");

    private final JsonWalk walk = new JsonWalk(this);
    private String model;
    private long bytes;
    private long images;
    private long pictures;
    private long references;
    private long output = -1;
    private long answers = 1;
    private Boolean stream;
    private int streams;
    private boolean caches;
    private boolean anHour;
    private long beginsAt = -1;
    private int options;
    private long optionsAt = -1;
    private boolean optionsAreEmpty = true;
    private Scalar noOptions;
    private Scalar include;

    void see(byte[] chunk, int from, int to) {
        walk.see(chunk, from, to);
        bytes += to - from;
    }

    void end() {
        walk.end();
    }

    @Override
    public void object(String path, long at) {
        if (path.isEmpty() && beginsAt < 0) {
            beginsAt = at;
        }
        if (path.equals("stream_options")) {
            options++;
            optionsAt = at;
        }
        caches |= path.endsWith("cache_control") || path.endsWith("cachePoint");
    }

    @Override
    public void member(String path) {
        optionsAreEmpty &= !path.startsWith("stream_options.");
    }

    @Override
    public boolean reads(String path) {
        String last = path.substring(path.lastIndexOf('.') + 1);
        return MOST_OUTPUT.contains(path)
                || ANSWERS.contains(path)
                || path.equals("model")
                || path.startsWith("stream")
                || last.equals("url")
                || last.equals("image_url")
                || last.equals("ttl")
                || REFERENCES.contains(last);
    }

    @Override
    public void scalar(Scalar scalar) {
        String path = scalar.path();
        String last = path.substring(path.lastIndexOf('.') + 1);
        if (scalar.kind() == Kind.STRING) {
            text(scalar, path, last);
        } else if (MOST_OUTPUT.contains(path)) {
            output = Math.max(output, TokenCount.in(scalar));
        } else if (ANSWERS.contains(path)) {
            answers = Math.clamp(TokenCount.in(scalar), answers, MOST_ANSWERS);
        } else if (path.equals("stream")) {
            stream = scalar.text().equals("true");
            streams++;
        } else if (path.equals("stream_options")) {
            options++;
            noOptions = scalar;
        } else if (path.startsWith("stream_options.")) {
            include = path.equals("stream_options.include_usage") ? scalar : include;
        }
    }

    private void text(Scalar scalar, String path, String last) {
        if (path.equals("model") && scalar.length() < JsonWalk.KEPT) {
            model = scalar.text();
        }
        // Two are more than anybody understands.
        options += path.equals("stream_options") ? 2 : 0;
        boolean isImage = scalar.length() >= SHORTEST_IMAGE && IMAGES.stream().anyMatch(scalar.text()::startsWith);
        if (isImage) {
            images += scalar.length();
            pictures++;
        } else if (path.endsWith("image_url.url") || path.endsWith("image_url") || path.endsWith("source.url")) {
            pictures += scalar.text().endsWith(".pdf") ? 0 : 1;
            references += scalar.text().endsWith(".pdf") ? 1 : 0;
        } else if (REFERENCES.contains(last)) {
            references++;
        }
        anHour |= path.endsWith("cache_control.ttl") && scalar.text().equals("1h");
    }

    /** The model that the body names, otherwise the one in the path; {@code null} if there is none. */
    String model(String path) {
        if (model != null && !model.isBlank()) {
            return model;
        }
        Matcher named = IN_PATH.matcher(path.replace("%3A", ":").replace("%3a", ":"));
        String found = null;
        while (named.find()) {
            found = named.group(1);
        }
        if (found == null || found.length() > JsonWalk.KEPT) {
            return null;
        }
        try {
            return URLDecoder.decode(found.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return found;
        }
    }

    /** The most that the input may come to, in tokens. */
    long inputTokens() {
        long text = (bytes - images + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
        return text + pictures * IMAGE + references * REFERENCE;
    }

    /** The most that may come out, in tokens; -1 if the request does not say. */
    long maxOutputTokens() {
        return output < 0 ? -1 : output * answers;
    }

    boolean streams(Flavour flavour, String path) {
        boolean isByPath = path.contains(":stream") || path.contains("-stream");
        return isByPath || (stream == null ? flavour == Flavour.OLLAMA : stream);
    }

    boolean caches() {
        return caches;
    }

    boolean cachesAnHour() {
        return anHour;
    }

    /**
     * A part of the body to write anew.
     *
     * @param from its first byte
     * @param to the byte after its last
     */
    record Edit(long from, long to, String text) {}

    /** What asks for a report of usage at the end of the stream; {@code null} if it is asked for, or cannot be. */
    Edit askForUsage() {
        boolean isPlain = beginsAt >= 0 && stream != null && stream && streams == 1 && options <= 1;
        if (!isPlain || (include != null && include.text().equals("true"))) {
            return null;
        }
        if (include != null) {
            return include.kind() == Kind.STRING ? null : new Edit(include.from(), include.to(), "true");
        }
        if (noOptions != null) {
            return noOptions.text().equals("null")
                    ? new Edit(noOptions.from(), noOptions.to(), "{\"include_usage\":true}")
                    : null;
        }
        if (options == 1) {
            int after = (int) optionsAt + 1;
            return new Edit(after, after, "\"include_usage\":true" + (optionsAreEmpty ? "" : ","));
        }
        int after = (int) beginsAt + 1;
        return new Edit(after, after, "\"stream_options\":{\"include_usage\":true},");
    }
}
