package io.infrafabric.consensus;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What an elector can say. */
public enum Ballot {
    APPROVE,
    REJECT,
    /** Was there, and takes no side. */
    ABSTAIN;

    /** What callers, events and memos call it. */
    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
