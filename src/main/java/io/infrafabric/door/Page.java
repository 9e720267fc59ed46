package io.infrafabric.door;

import java.util.List;

/**
 * One page of a list, newest first.
 *
 * @param next cursor of the next page, {@code null} at the end
 */
public record Page<T>(List<T> items, String next) {}
