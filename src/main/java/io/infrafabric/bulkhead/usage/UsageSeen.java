package io.infrafabric.bulkhead.usage;

import io.infrafabric.bulkhead.usage.JsonWalk.Kind;
import io.infrafabric.bulkhead.usage.JsonWalk.Scalar;
import io.infrafabric.bulkhead.usage.Usage.From;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What an answer says that it used, field by field, in the words of its API. The last value of each field wins: streams report
 * sums, not what was added.
 */
final class UsageSeen implements JsonWalk.Sink {
    private static final int BYTES_PER_TOKEN = 3;
    private static final String DETAILS = "usage.cacheDetails[]";
    private static final String NULL = "null";
    private static final String HOUR = "usage.cache_creation.ephemeral_1h_input_tokens";

    /** Words of an error that a provider has, as opposed to one that a caller made. */
    private static final Set<String> ITS_FAULT = Set.of(
            "overloaded_error", "api_error", "server_error", "timeout_error", "internal_server_error", "overloaded");

    /** What comes before the fields that count, in streams. */
    private static final Set<String> AROUND = Set.of("message.", "response.", "[].", "x_groq.", "choices[].");

    /** Where the words of an answer stand, to count them where nobody else did. */
    private static final Set<String> WORDS = Set.of(
            "text",
            "content",
            "thinking",
            "partial_json",
            "arguments",
            "delta",
            "reasoning_content",
            "reasoning",
            "response",
            "input",
            "refusal");

    private static final String METRICS = "amazon-bedrock-invocationMetrics.";

    private static final Set<String> OUTPUT =
            Set.of("output_tokens", "completion_tokens", "outputTokens", "outputTokenCount", "eval_count");

    /** All fields that count, so that nobody can make this one remember others. */
    private static final Set<String> KNOWN = Set.of(
            "usage.input_tokens",
            "usage.output_tokens",
            "usage.cache_read_input_tokens",
            "usage.cache_creation_input_tokens",
            "usage.cache_creation.ephemeral_5m_input_tokens",
            HOUR,
            "usage.prompt_tokens",
            "usage.completion_tokens",
            "usage.total_tokens",
            "usage.prompt_tokens_details.cached_tokens",
            "usage.input_tokens_details.cached_tokens",
            "usage.prompt_cache_hit_tokens",
            "usage.inputTokens",
            "usage.outputTokens",
            "usage.cacheReadInputTokens",
            "usage.cacheWriteInputTokens",
            METRICS + "inputTokenCount",
            METRICS + "outputTokenCount",
            METRICS + "cacheReadInputTokenCount",
            METRICS + "cacheWriteInputTokenCount",
            "usageMetadata.promptTokenCount",
            "usageMetadata.toolUsePromptTokenCount",
            "usageMetadata.candidatesTokenCount",
            "usageMetadata.thoughtsTokenCount",
            "usageMetadata.cachedContentTokenCount",
            "prompt_eval_count",
            "eval_count");

    private final Flavour flavour;
    private final boolean streams;
    private final Map<String, Long> fields = new HashMap<>();
    private String lives = "";
    private long written = -1;
    private String model;
    private long words;
    private boolean hasFinished;
    private boolean isLast;
    private boolean sawError;
    private boolean hasChoice;
    private boolean usageNow;
    private boolean wasUsageAlone;
    private boolean errorNow;
    private String typeNow = "";

    UsageSeen(Flavour flavour, boolean streams) {
        this.flavour = flavour;
        this.streams = streams;
    }

    @Override
    public void object(String path, long at) {
        if (path.endsWith(DETAILS)) {
            lives = "";
            written = -1;
        }
        hasChoice |= path.equals("choices[]");
    }

    @Override
    public void scalar(Scalar scalar) {
        String path = scalar.path();
        if (path.isEmpty()) {
            return;
        }
        boolean isNull = scalar.kind() == Kind.WORD && scalar.text().equals(NULL);
        if (isNull) {
            return;
        }
        hasChoice |= path.equals("choices[]");
        String last = path.substring(path.lastIndexOf('.') + 1);
        boolean isRepeated = typeNow.endsWith(".done");
        words += scalar.kind() == Kind.STRING && WORDS.contains(last) && !isRepeated ? scalar.length() : 0;
        switch (last) {
            case "model", "modelVersion" -> model(scalar);
            case "type" -> type(path, scalar.text());
            case "finishReason", "done" ->
                hasFinished |= scalar.kind() == Kind.STRING || scalar.text().equals("true");
            default -> {}
        }
        String plain = plain(path);
        errorNow |= plain.equals("error") || plain.startsWith("error.");
        sawError |= plain.startsWith("error.") && ITS_FAULT.contains(scalar.text());
        sawError |= plain.equals("error") && flavour == Flavour.OLLAMA;
        long tokens = TokenCount.in(scalar);
        detail(path, scalar, tokens);
        if (tokens >= 0 && KNOWN.contains(plain)) {
            fields.put(plain, tokens);
            usageNow = true;
            isLast |= isLast(path);
        }
    }

    /** Bedrock says in a list how long what was written to a cache lives: {@code {"ttl": "1h", "inputTokens": 5}}. */
    private void detail(String path, Scalar scalar, long tokens) {
        if (path.endsWith(DETAILS + ".ttl")) {
            lives = scalar.text();
        } else if (path.endsWith(DETAILS + ".inputTokens")) {
            written = tokens;
        } else {
            return;
        }
        if (lives.equals("1h") && written >= 0) {
            fields.put(HOUR, written);
        }
    }

    private void model(Scalar scalar) {
        String plain = plain(scalar.path());
        if (scalar.kind() == Kind.STRING
                && scalar.length() < JsonWalk.KEPT
                && (plain.equals("model") || plain.equals("modelVersion"))) {
            model = scalar.text();
        }
    }

    private void type(String path, String text) {
        if (path.equals("type")) {
            typeNow = text;
        }
    }

    /** Numbers that another part of the answer gives: headers. */
    void told(String field, long tokens) {
        if (tokens >= 0) {
            fields.put(field, tokens);
            isLast |= isLast(field);
        }
    }

    /** A piece of a stream has ended: an event, a message. */
    void event(String name) {
        wasUsageAlone = isUsageAlone();
        sawError |= name.equals("error") || typeNow.equals("error") || (errorNow && typeNow.isEmpty());
        if (name.endsWith(".failed") || typeNow.endsWith(".failed")) {
            hasFinished = true;
        }
        typeNow = "";
        errorNow = false;
        usageNow = false;
        hasChoice = false;
    }

    /** The stream says itself that something is wrong with it. */
    void failed() {
        sawError = true;
    }

    /** Whether what came since the last event says what was used, and has none of the answer itself. */
    boolean isUsageAlone() {
        return usageNow && !hasChoice;
    }

    /** Whether the event that ended last was {@linkplain #isUsageAlone such a one}. */
    boolean wasUsageAlone() {
        return wasUsageAlone;
    }

    boolean sawError() {
        return sawError;
    }

    private static String plain(String path) {
        for (String around : AROUND) {
            if (path.startsWith(around)) {
                return path.substring(around.length());
            }
        }
        return path;
    }

    /** Whether this is the report at the end, and not one on the way: what came out is known. */
    private boolean isLast(String path) {
        String field = plain(path);
        boolean isOutput = OUTPUT.contains(field.substring(field.lastIndexOf('.') + 1));
        return switch (flavour) {
            case ANTHROPIC -> isOutput && (!streams || !path.startsWith("message."));
            case BEDROCK -> isOutput && !path.startsWith("message.");
            case GEMINI -> false;
            case OPENAI_CHAT, OPENAI_RESPONSES, OLLAMA, OTHER -> isOutput;
            case EMBEDDING -> true;
        };
    }

    /** What was used, as far as it is known. */
    Usage usage(long estimatedInput, String asked) {
        boolean isWhole = isLast || (hasFinished && fields.containsKey("usageMetadata.candidatesTokenCount"));
        if (fields.isEmpty() && !flavour.isPaid()) {
            return new Usage(model, 0, 0, 0, 0, 0, From.NONE);
        }
        long seen = flavour == Flavour.EMBEDDING
                ? 0
                : Math.min(TokenCount.MOST, (words + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN);
        Usage counted = counted();
        if (isWhole) {
            return counted;
        }
        boolean hasInput = counted.input() + counted.cacheRead() + counted.cacheWrite() + counted.cacheWrite1h() > 0;
        return new Usage(
                counted.model() == null ? asked : counted.model(),
                hasInput ? counted.input() : Math.max(0, estimatedInput),
                Math.max(counted.output(), seen),
                counted.cacheRead(),
                counted.cacheWrite(),
                counted.cacheWrite1h(),
                From.PARTIAL);
    }

    private Usage counted() {
        long hour = first(HOUR);
        return switch (flavour) {
            case ANTHROPIC -> anthropic(hour);
            case BEDROCK -> bedrock(hour);
            case GEMINI -> {
                long cached = first("usageMetadata.cachedContentTokenCount");
                long prompt = first("usageMetadata.promptTokenCount") + first("usageMetadata.toolUsePromptTokenCount");
                long output = first("usageMetadata.candidatesTokenCount") + first("usageMetadata.thoughtsTokenCount");
                yield of(Math.max(0, prompt - cached), output, Math.min(cached, prompt), 0, 0);
            }
            case OLLAMA -> of(first("prompt_eval_count"), first("eval_count"), 0, 0, 0);
            case OPENAI_CHAT, OPENAI_RESPONSES, EMBEDDING, OTHER -> openai();
        };
    }

    private Usage anthropic(long hour) {
        long written = first("usage.cache_creation_input_tokens");
        long minutes = first("usage.cache_creation.ephemeral_5m_input_tokens");
        return of(
                first("usage.input_tokens"),
                first("usage.output_tokens"),
                first("usage.cache_read_input_tokens"),
                Math.max(minutes, written - hour),
                hour);
    }

    private Usage bedrock(long hour) {
        if (fields.containsKey("usage.input_tokens") || fields.containsKey("usage.output_tokens")) {
            return anthropic(hour);
        }
        long all = first("usage.cacheWriteInputTokens", METRICS + "cacheWriteInputTokenCount");
        return of(
                first("usage.inputTokens", METRICS + "inputTokenCount"),
                first("usage.outputTokens", METRICS + "outputTokenCount"),
                first("usage.cacheReadInputTokens", METRICS + "cacheReadInputTokenCount"),
                all - hour,
                hour);
    }

    private Usage openai() {
        long input = first("usage.prompt_tokens", "usage.input_tokens");
        if (fields.containsKey("usage.total_tokens") && flavour == Flavour.EMBEDDING) {
            input = Math.max(input, first("usage.total_tokens"));
        }
        long cached = Math.min(
                input,
                first(
                        "usage.prompt_tokens_details.cached_tokens",
                        "usage.input_tokens_details.cached_tokens",
                        "usage.prompt_cache_hit_tokens"));
        return of(input - cached, first("usage.completion_tokens", "usage.output_tokens"), cached, 0, 0);
    }

    private Usage of(long input, long output, long cacheRead, long cacheWrite, long cacheWrite1h) {
        return new Usage(model, input, output, cacheRead, Math.max(0, cacheWrite), cacheWrite1h, From.ANSWER);
    }

    /** The first of these fields that was reported. */
    private long first(String... names) {
        for (String name : names) {
            Long tokens = fields.get(name);
            if (tokens != null) {
                return tokens;
            }
        }
        return 0;
    }
}
