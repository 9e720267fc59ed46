package io.infrafabric.bulkhead.payment;

import java.util.UUID;

/**
 * What was done before a call.
 *
 * @param call the id of the call, which answers carry ({@code S2-Call})
 */
public record Payment(UUID call) {}
