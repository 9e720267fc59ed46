/** Too short for an essay. */
package io.infrafabric.planted.beta;
