/** Starts the fabric. */
package io.infrafabric.launch;
