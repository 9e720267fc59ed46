/**
 * Providers: where calls go, in which dialect, how many at once, and where the key is.
 *
 * <p>A provider is one row. Each process remembers it for two seconds ({@link io.infrafabric.bulkhead.provider.Providers}), and
 * hears sooner of a change by the bell {@code provider:<name>}. Names of well-known providers bring their address and
 * dialect along ({@code Preset}), so that two lines are enough.
 *
 * <p>A key is a reference, {@code env:S2_KEY_…} or {@code file:…}. A provider that gets a new address loses its reference:
 * otherwise whoever may change the address could have the key sent to it.
 */
package io.infrafabric.bulkhead.provider;
