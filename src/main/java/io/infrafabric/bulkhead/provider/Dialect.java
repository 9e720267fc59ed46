package io.infrafabric.bulkhead.provider;

import java.util.List;

/** The API that a provider speaks: where it says what a call used, and how it takes its key. */
public enum Dialect {
    ANTHROPIC("x-api-key", "", "/v1/"),
    OPENAI("authorization", "Bearer", "/v1/"),
    GEMINI("x-goog-api-key", "", "/v1/ /v1beta/"),
    BEDROCK("authorization", "Bearer", "/model/"),
    OLLAMA("authorization", "Bearer", "/api/ /v1/"),
    /** Nothing is known of it: nothing is metered. */
    NONE("authorization", "Bearer", "/");

    private final String header;
    private final String scheme;
    /** With spaces in between. */
    private final String paths;

    Dialect(String header, String scheme, String paths) {
        this.header = header;
        this.scheme = scheme;
        this.paths = paths;
    }

    /** The header that takes the key, in lower case. */
    public String header() {
        return header;
    }

    /** The word before the key in that header; empty for none. */
    public String scheme() {
        return scheme;
    }

    /** What paths may begin with unless the provider says otherwise. */
    public List<String> paths() {
        return List.of(paths.split(" ", -1));
    }
}
