/** Rescue (seed P2). */
package io.infrafabric.rescue;
