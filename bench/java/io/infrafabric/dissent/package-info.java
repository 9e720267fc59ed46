/**
 * The bench's way to what dissent keeps to itself: its Java API is of the package, since nobody else is to call it.
 */
package io.infrafabric.dissent;
