package io.infrafabric.coordinator.join;

import java.time.Instant;

/**
 * Somebody who asks to join.
 *
 * @param session the name that it wants
 * @param agent what it says that it is, such as {@code claude}; {@code null} if it said nothing
 * @param address from where it asked, as this process saw it
 * @param approvedBy {@code null} until an operator has approved it
 */
public record Join(
        String code,
        String session,
        String swarm,
        String agent,
        String address,
        Instant createdAt,
        Instant expiresAt,
        String approvedBy) {}
