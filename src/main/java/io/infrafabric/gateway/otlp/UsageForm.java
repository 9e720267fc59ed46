package io.infrafabric.gateway.otlp;

import io.infrafabric.budget.ModelUse;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which log records tell of a call of a model, and how each client writes down what it used. */
@SuppressWarnings("ImmutableEnumChecker") // its lists are made by List.of
enum UsageForm {
    /** Claude Code: input without the caches, and its own estimate in dollars. */
    CLAUDE(
            "anthropic",
            "cost_usd",
            "cost_usd_micros",
            "model",
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_creation_tokens",
            "cache_creation_1h_tokens") {
        @Override
        Usage usage(Figures figures) {
            long written = figures.count("cache_creation_tokens");
            long hour = Math.min(figures.count("cache_creation_1h_tokens"), written);
            BigDecimal dollars = figures.dollars("cost_usd", 0);
            return new Usage(
                    figures.count("input_tokens"),
                    figures.count("output_tokens"),
                    figures.count("cache_read_tokens"),
                    written - hour,
                    hour,
                    dollars == null ? figures.dollars("cost_usd_micros", MICROS) : dollars);
        }
    },
    /** Codex: input with what the cache gave, numbers often as strings, no dollars. */
    CODEX(
            "openai",
            "event.kind",
            "input_token_count",
            "output_token_count",
            "cached_token_count",
            "cache_write_token_count") {
        @Override
        Usage usage(Figures figures) {
            return Usage.within(
                    figures.count("input_token_count"),
                    figures.count("output_token_count"),
                    figures.count("cached_token_count"),
                    figures.count("cache_write_token_count"));
        }
    },
    /** Gemini CLI: input with what the cache gave; thoughts and what tools were asked come besides. */
    GEMINI("google", "cached_content_token_count", "thoughts_token_count", "tool_token_count") {
        @Override
        Usage usage(Figures figures) {
            return Usage.within(
                    figures.count("input_token_count") + figures.count("tool_token_count"),
                    figures.count("output_token_count") + figures.count("thoughts_token_count"),
                    figures.count("cached_content_token_count"),
                    0);
        }
    },
    /** Frameworks that follow the semantic conventions for generative AI: input with the caches. */
    GENERIC(
            "other",
            "gen_ai.provider.name",
            "gen_ai.system",
            "gen_ai.response.model",
            "gen_ai.request.model",
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens") {
        @Override
        Usage usage(Figures figures) {
            return Usage.within(
                    figures.count("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
                    figures.count("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
                    figures.count("gen_ai.usage.cache_read.input_tokens"),
                    figures.count("gen_ai.usage.cache_creation.input_tokens"));
        }
    };

    /** The attribute by which an exporter says for which task it works. */
    static final String TASK = "s2.task";

    /** Under this name stands the record's body, if it is a text. */
    static final String BODY = "";

    /** The event's name; newer exporters write it beside the attributes. */
    static final String EVENT = "event.name";

    /** The attributes that are read. All others are passed over. */
    static final Set<String> READ = Stream.concat(
                    Stream.of(TASK, EVENT), Stream.of(values()).flatMap(form -> form.attributes.stream()))
            .collect(Collectors.toUnmodifiableSet());

    private static final int MICROS = 6;
    private static final int DECIMALS = 6;
    private static final int DIGITS = 12;
    private static final long MOST_TOKENS = 1_000_000_000_000L;
    private static final BigDecimal LEAST = new BigDecimal("0.000001");
    private static final Pattern MODEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,199}");
    private static final Pattern VARIANT = Pattern.compile("\\[[^\\]]*\\]$");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

    /** Other names of makers in the conventions. */
    private static final Map<String, String> MAKERS = Map.of(
            "gcp.gemini", "google",
            "gcp.gen_ai", "google",
            "gcp.vertex_ai", "google",
            "vertex_ai", "google",
            "gemini", "google",
            "aws.bedrock", "amazon-bedrock",
            "azure.ai.openai", "openai",
            "az.ai.openai", "openai",
            "mistral_ai", "mistral",
            "x_ai", "xai");

    private final String maker;
    private final List<String> attributes;

    UsageForm(String maker, String... attributes) {
        this.maker = maker;
        this.attributes = List.of(attributes);
    }

    /** What a record means. */
    sealed interface Meaning {
        /** It tells of no call. */
        record Nothing() implements Meaning {}

        /** It tells of a call, with figures that cannot be right. */
        record Unusable() implements Meaning {}

        /** It tells of a call. */
        record Told(UsageForm form, ModelUse use) implements Meaning {}
    }

    /** Tokens, in the parts that have prices, and dollars if the client knows them. */
    record Usage(long input, long output, long cacheRead, long cacheWrite, long cacheWrite1h, BigDecimal dollars) {
        /** From an input that includes what is read from and written to caches. */
        static Usage within(long input, long output, long read, long written) {
            long fromCache = Math.min(read, input);
            long toCache = Math.min(written, input - fromCache);
            return new Usage(input - fromCache - toCache, output, fromCache, toCache, 0, null);
        }

        private boolean isNothing() {
            return input + output + cacheRead + cacheWrite + cacheWrite1h == 0 && dollars == null;
        }
    }

    /** The figures of one record. One that makes no sense is remembered. */
    static final class Figures {
        private final Map<String, String> attributes;
        private boolean broken;

        Figures(Map<String, String> attributes) {
            this.attributes = attributes;
        }

        /** The first of these that is there; 0 if none is. */
        long count(String... names) {
            for (String name : names) {
                BigDecimal number = number(name);
                if (number != null) {
                    broken |= number.signum() != 0
                            && (isTiny(number) || number.stripTrailingZeros().scale() > 0);
                    long count = broken ? 0 : number.longValueExact();
                    broken |= count > MOST_TOKENS;
                    return broken ? 0 : count;
                }
            }
            return 0;
        }

        /**
         * US dollars with six decimals; {@code null} for none. Nothing is also what clients write that know no price.
         *
         * @param scale how many of its last digits are decimals
         */
        BigDecimal dollars(String name, int scale) {
            BigDecimal number = number(name);
            if (number == null || number.signum() == 0) {
                return null;
            }
            // Compared before any arithmetic: 1e-999999999 must not be written out.
            return isTiny(number)
                    ? LEAST
                    : number.movePointLeft(scale)
                            .setScale(DECIMALS, RoundingMode.HALF_UP)
                            .max(LEAST);
        }

        private BigDecimal number(String name) {
            String text = attributes.get(name);
            if (text == null) {
                return null;
            }
            try {
                BigDecimal number = new BigDecimal(text);
                broken |= number.signum() < 0 || (long) number.precision() - number.scale() > DIGITS;
                return broken ? null : number;
            } catch (NumberFormatException notANumber) {
                broken = true;
                return null;
            }
        }

        private static boolean isTiny(BigDecimal number) {
            return (long) number.precision() - number.scale() < -DECIMALS;
        }
    }

    abstract Usage usage(Figures figures);

    /**
     * What a record means.
     *
     * @param attributes those that are read, as text
     * @param id of the record
     * @param at {@code null} if it has no time
     */
    static Meaning of(Map<String, String> attributes, String id, Instant at) {
        UsageForm form = form(attributes);
        if (form == null) {
            return new Meaning.Nothing();
        }
        Figures figures = new Figures(attributes);
        Usage usage = form.usage(figures);
        if (figures.broken) {
            return new Meaning.Unusable();
        }
        if (usage.isNothing()) {
            return new Meaning.Nothing();
        }
        return new Meaning.Told(
                form,
                new ModelUse(
                        id,
                        at,
                        form.maker(attributes),
                        form.model(attributes),
                        matching(ID, attributes.get(TASK)),
                        usage.input(),
                        usage.output(),
                        usage.cacheRead(),
                        usage.cacheWrite(),
                        usage.cacheWrite1h(),
                        usage.dollars()));
    }

    private static UsageForm form(Map<String, String> attributes) {
        String event = attributes.getOrDefault(EVENT, "");
        if (event.equals("claude_code.api_request")
                || (event.equals("api_request") && "claude_code.api_request".equals(attributes.get(BODY)))) {
            return CLAUDE;
        }
        if (event.equals("codex.sse_event")) {
            return "response.completed".equals(attributes.get("event.kind")) ? CODEX : null;
        }
        if (event.equals("gemini_cli.api_response")) {
            return GEMINI;
        }
        return attributes.keySet().stream().anyMatch(name -> name.startsWith("gen_ai.usage.")) ? GENERIC : null;
    }

    private String maker(Map<String, String> attributes) {
        if (this != GENERIC) {
            return maker;
        }
        String named = attributes.getOrDefault("gen_ai.provider.name", attributes.get("gen_ai.system"));
        String known = named == null ? maker : MAKERS.getOrDefault(named.toLowerCase(Locale.ROOT), named);
        return ID.matcher(known).matches() ? known : maker;
    }

    private String model(Map<String, String> attributes) {
        String named = this == GENERIC
                ? attributes.getOrDefault("gen_ai.response.model", attributes.get("gen_ai.request.model"))
                : attributes.get("model");
        return named == null ? null : matching(MODEL, VARIANT.matcher(named).replaceFirst(""));
    }

    private static String matching(Pattern pattern, String text) {
        return text != null && pattern.matcher(text).matches() ? text : null;
    }
}
