package io.infrafabric.door.tool;

import io.smallrye.mutiny.Uni;
import java.util.function.Function;

/**
 * Something that has an id and can be looked at.
 *
 * @param kind what it is, as in {@code s2://task/{id}}
 * @param rank where it stands among the kinds that an id without a kind is looked for in, the lowest first; below 0 it is found
 * by its kind alone
 * @param look looks at the one with this id; throws or fails with a {@code Problem} if the caller must not know of it
 */
public record Thing(String kind, int rank, Function<String, Uni<Told>> look) {}
