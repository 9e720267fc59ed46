/**
 * Usage: what a call may cost, read from its request, and what it used, read from the bytes of its answer as they pass.
 *
 * <p>A request is read once ({@link io.infrafabric.bulkhead.usage.RequestReader}), before it has a slot. The bytes of an answer
 * go through a tap ({@link io.infrafabric.bulkhead.usage.UsageTap}), which lets them pass unchanged, but for the one event that
 * we had to ask for ourselves. Of each figure the last value counts; nothing is added up, because providers say again what they
 * have said before. What a figure includes differs by dialect; a {@link io.infrafabric.bulkhead.usage.Usage} means the same for
 * all of them.
 */
package io.infrafabric.bulkhead.usage;
