/**
 * Modules: what may be uploaded, and where it is kept.
 *
 * <p>A module is examined byte by byte before anything else reads it ({@link io.infrafabric.chassis.module.Examination}),
 * because the engine's parser believes what a module says: a vector of four billion entries, locals that are two bytes in
 * the file and a gigabyte in memory, labels nested a million deep. The examination allocates nothing that the module
 * names, and ends at the first thing that is out of bounds. What passes is then parsed and validated by the engine once,
 * so that a module that is kept can be run.
 *
 * <p>The bounds are constants and no settings: a verdict must be the same on every machine, and it begins with what is a
 * module. Versions are known by their SHA-256. A module has one newest version, which is used where nobody names
 * another one, and older ones for as long as a task is pinned to them.
 */
package io.infrafabric.chassis.module;
