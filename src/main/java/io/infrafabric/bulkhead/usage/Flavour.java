package io.infrafabric.bulkhead.usage;

import java.util.Locale;

/**
 * Which API a call uses. A provider's dialect does not decide it alone: many speak OpenAI's chat beside their own, some
 * Anthropic's messages. So the path decides where it is plain.
 */
enum Flavour {
    ANTHROPIC,
    OPENAI_CHAT,
    OPENAI_RESPONSES,
    GEMINI,
    BEDROCK,
    OLLAMA,
    /** Makes vectors: no tokens come out. */
    EMBEDDING,
    /** Uses no model, or says nothing of what it used. */
    OTHER;

    /**
     * What a call is.
     *
     * @param dialect the name of the provider's dialect, in lower case
     * @param path with or without the query
     */
    static Flavour of(String dialect, String method, String path) {
        if (!method.equals("POST")) {
            return OTHER;
        }
        int query = path.indexOf('?');
        String end = (query < 0 ? path : path.substring(0, query)).toLowerCase(Locale.ROOT);
        end = end.endsWith("/") ? end.substring(0, end.length() - 1) : end;
        if (end.contains("/model/") && (end.contains("/converse") || end.contains("/invoke"))) {
            return BEDROCK;
        }
        if (end.endsWith(":generatecontent") || end.endsWith(":streamgeneratecontent")) {
            return GEMINI;
        }
        if (end.endsWith("/messages") || end.endsWith("rawpredict") || end.endsWith("/complete")) {
            return ANTHROPIC;
        }
        if (end.endsWith("/completions")) {
            return OPENAI_CHAT;
        }
        // Pictures and speech: what they report, they report in the words of responses.
        if (end.endsWith("/responses") || end.contains("/images/") || end.contains("/audio/")) {
            return OPENAI_RESPONSES;
        }
        if (end.endsWith("/embeddings")
                || end.endsWith("/embed")
                || end.endsWith("embedcontent")
                || end.endsWith("embedcontents")
                || end.endsWith("/rerank")
                || end.endsWith(":predict")) {
            return EMBEDDING;
        }
        return dialect.equals("ollama") && (end.endsWith("/chat") || end.endsWith("/generate")) ? OLLAMA : OTHER;
    }

    /** Whether an answer without any word of what it used was not for nothing. */
    boolean isPaid() {
        return this != OTHER;
    }
}
