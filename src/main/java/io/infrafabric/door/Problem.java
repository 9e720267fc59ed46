package io.infrafabric.door;

import java.util.LinkedHashMap;
import java.util.Map;

/** A refusal on its way to the caller as {@code application/problem+json} (RFC 9457). Carries no stack trace. */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Code code;
    private final transient Map<String, Object> extensions = new LinkedHashMap<>();

    private Problem(Code code, String detail) {
        super(detail, null, false, false);
        this.code = code;
    }

    /** A problem in the words of this case. */
    public static Problem of(Code code, String detail) {
        return new Problem(code, detail);
    }

    /** A bad value: which field, and what was expected. */
    public static Problem badInput(String field, String expected) {
        return of(Code.IF_ERR_BAD_INPUT, field + ": expected " + expected)
                .with("field", field)
                .with("expected", expected);
    }

    /** Adds an extension member; {@code null} values are left out. Returns this. */
    public Problem with(String member, Object value) {
        if (value != null) {
            extensions.put(member, value);
        }
        return this;
    }

    public Code code() {
        return code;
    }

    public Map<String, Object> extensions() {
        return extensions;
    }
}
