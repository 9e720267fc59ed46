package io.infrafabric.problem;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A refusal on its way to the caller as {@code application/problem+json} (RFC 9457). Carries no stack trace. */
public final class Problem extends RuntimeException {
    /** The media type of the answer. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /** Where the page of all codes is served; {@code type} is the code's anchor on it. */
    public static final String PAGE = "/docs/errors.md";

    private static final long serialVersionUID = 1L;
    private static final int RETRY_AFTER_SECONDS = 1;

    private final Code code;
    private final transient Map<String, Object> extensions = new LinkedHashMap<>();
    private long retryAfter;

    private Problem(Code code, String detail) {
        super(detail, null, false, false);
        this.code = code;
    }

    /** A problem with a message for this case. */
    public static Problem of(Code code, String detail) {
        return new Problem(code, detail);
    }

    /** A bad value: names the field and what was expected. */
    public static Problem badInput(String field, String expected) {
        return of(Code.IF_ERR_BAD_INPUT, field + ": expected " + expected)
                .with("field", field)
                .with("expected", expected);
    }

    /** The session does not exist, or the caller must not know of it. */
    public static Problem unknownSession(String session) {
        return of(Code.IF_ERR_UNKNOWN_SESSION, "There is no session " + session + ".")
                .with("session", session);
    }

    /** The task does not exist, or the caller must not know of it. */
    public static Problem unknownTask(String task) {
        return of(Code.IF_ERR_UNKNOWN_TASK, "There is no task " + task + " in reach.")
                .with("task", task);
    }

    /** The decision does not exist, or the caller must not know of it. */
    public static Problem unknownDecision(String decision) {
        return of(Code.IF_ERR_UNKNOWN_DECISION, "There is no decision " + decision + " in reach.")
                .with("decision", decision);
    }

    /**
     * A quota is used up.
     *
     * @param quota what is counted
     * @param owner whose quota it is, {@code swarm:<id>} or {@code session:<id>}
     * @param setting the key of the setting that says how much
     */
    public static Problem overQuota(String quota, String owner, String setting, long used, long limit) {
        return of(Code.IF_ERR_QUOTA_EXCEEDED, owner + " has used " + used + " of " + limit + " " + quota + ".")
                .with("quota", quota)
                .with("owner", owner)
                .with("used", used)
                .with("limit", limit)
                .with("setting", setting);
    }

    /** Adds an extension member, or replaces one of the same name; {@code null} values are left out. Returns this. */
    public Problem with(String member, Object value) {
        if (value != null) {
            extensions.put(member, value);
        }
        return this;
    }

    /** Says when trying again may help ({@code Retry-After}, at least a second). Returns this. */
    public Problem after(Duration wait) {
        retryAfter = Math.max(1, wait.toSeconds());
        return this;
    }

    public Code code() {
        return code;
    }

    /** The members besides those that every problem has; not to be changed. */
    public Map<String, Object> extensions() {
        return Collections.unmodifiableMap(extensions);
    }

    /** Seconds for {@code Retry-After}, or 0 if only trying again does not help. */
    public long retryAfter() {
        if (retryAfter > 0) {
            return retryAfter;
        }
        return code.status() == 503 || code == Code.IF_ERR_TOO_MANY_CALLS || code == Code.IF_ERR_MEMO_PENDING
                ? RETRY_AFTER_SECONDS
                : 0;
    }

    /**
     * The answer's body: {@code type}, {@code title}, {@code status}, {@code code}, {@code detail}, the extensions,
     * {@code whatToDo} (an extension of that name wins), and {@code traceToken} if there is one.
     */
    public Map<String, Object> body(String traceToken) {
        var body = new LinkedHashMap<String, Object>();
        body.put("type", PAGE + "#" + code.name().toLowerCase(Locale.ROOT));
        body.put("title", code.meaning());
        body.put("status", code.status());
        body.put("code", code.name());
        body.put("detail", getMessage());
        body.putAll(extensions);
        body.putIfAbsent("whatToDo", code.whatToDo());
        if (traceToken != null) {
            body.put("traceToken", traceToken);
        }
        return body;
    }
}
