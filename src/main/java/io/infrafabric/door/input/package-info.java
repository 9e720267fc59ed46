/**
 * How calls are read: strictly, and before any resource sees them.
 *
 * <p>{@link io.infrafabric.door.input.Intake} checks the address and the formats;
 * {@link io.infrafabric.door.input.StrictValues} checks each text, key and moment of a body. Bodies are read with the
 * rules of {@link io.infrafabric.door.input.Json}: a misspelt field or parameter is refused, and the answer names the
 * ones that exist ({@link io.infrafabric.door.input.BadJson}, {@link io.infrafabric.door.input.QueryParameters}).
 * {@link io.infrafabric.door.input.BodyLimit} ends bodies that are too large. All spellings of a path lead to one
 * resource ({@link io.infrafabric.door.input.Address}). {@link io.infrafabric.door.input.Paging} bounds the pages of
 * lists.
 *
 * <p>The checks themselves are in the package {@code input}, which knows nothing of HTTP.
 */
package io.infrafabric.door.input;
