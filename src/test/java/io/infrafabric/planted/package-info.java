/** A small house in which every rule of the architecture is broken, to see that the tests of the rules report it. */
package io.infrafabric.planted;
