package io.infrafabric.gateway.mcp;

import java.util.List;

/** The two kinds of client. */
enum Era {
    /** Each call says everything (2026-07-28). */
    STATELESS,
    /** It begins with {@code initialize} (2025). */
    HANDSHAKE;

    static final String NEWEST = "2026-07-28";

    /** The versions with a handshake, newest first. */
    static final List<String> WITH_HANDSHAKE = List.of("2025-11-25", "2025-06-18", "2025-03-26");

    /** All versions, newest first. */
    static final List<String> VERSIONS = List.of(NEWEST, "2025-11-25", "2025-06-18", "2025-03-26");
}
