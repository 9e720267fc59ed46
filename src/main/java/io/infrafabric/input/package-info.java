/**
 * Checks of values that come from outside, in calls and in events. They know nothing of HTTP, so the functions use
 * them for events as well.
 *
 * <p>{@link io.infrafabric.input.Check} gives a value back or throws the {@code Problem} that names the field and says
 * what was expected. Text must be text that every part of the fabric can keep ({@link io.infrafabric.input.Unicode}):
 * no NUL and no half of a surrogate pair. Moments are {@link io.infrafabric.input.Rfc3339} and lie within the range of
 * PostgreSQL. {@link io.infrafabric.input.Spelling} suggests the name that a caller probably meant.
 * {@link io.infrafabric.input.SecretPlaces} says which references to secrets are followed, and finds what they lead to;
 * {@link io.infrafabric.input.WebhookMac} is what webhooks are signed and verified with.
 * {@link io.infrafabric.input.Cursor} packs the sort key of a row into an opaque text and reads it back.
 *
 * <p>Bodies and query parameters are read strictly in {@code door.input}, with the checks of this package.
 */
package io.infrafabric.input;
