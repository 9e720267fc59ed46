package io.infrafabric.consensus;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The possible votes of an elector. */
public enum Ballot {
    APPROVE,
    REJECT,
    /** Present, but takes no side. */
    ABSTAIN;

    /** Its name for callers, events and memos. */
    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
