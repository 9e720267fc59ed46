package io.infrafabric.bulkhead.provider;

import java.util.List;
import java.util.Optional;

/** Well-known providers, by the name that a provider has here. */
enum Preset {
    ANTHROPIC("anthropic", "https://api.anthropic.com", Dialect.ANTHROPIC),
    OPENAI("openai", "https://api.openai.com", Dialect.OPENAI),
    GOOGLE("google", "https://generativelanguage.googleapis.com", Dialect.GEMINI),
    BEDROCK("bedrock", "https://bedrock-runtime.us-east-1.amazonaws.com", Dialect.BEDROCK),
    VLLM("vllm", "http://127.0.0.1:8000", Dialect.OPENAI),
    OLLAMA("ollama", "http://127.0.0.1:11434", Dialect.OLLAMA);

    private final String provider;
    private final String baseUrl;
    private final Dialect dialect;

    Preset(String provider, String baseUrl, Dialect dialect) {
        this.provider = provider;
        this.baseUrl = baseUrl;
        this.dialect = dialect;
    }

    String baseUrl() {
        return baseUrl;
    }

    Dialect dialect() {
        return dialect;
    }

    /** The preset for a provider of this name. */
    static Optional<Preset> of(String name) {
        return List.of(values()).stream()
                .filter(preset -> preset.provider.equals(name))
                .findFirst();
    }
}
