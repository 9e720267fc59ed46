/**
 * The bench's way to what the budget keeps to itself: its Java API is of the package, since nobody else is to call it.
 */
package io.infrafabric.budget;
