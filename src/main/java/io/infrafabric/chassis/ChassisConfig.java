package io.infrafabric.chassis;

import io.infrafabric.input.Allowed;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Numbers of the chassis; all under {@code s2.chassis}. What a module may contain is no setting: see Examination. */
@ConfigMapping(prefix = "s2.chassis")
public interface ChassisConfig {

    /** Modules that there may be, each with all its versions; further ones get 429. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("1000")
    int maxModules();

    /** Versions of one module that are kept; further ones get 429 until one is not pinned any more. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("100")
    int maxVersions();

    /** Instructions that a run may execute unless it says otherwise. */
    @Allowed(from = "1", to = "1000000000000")
    @WithDefault("500000000")
    long fuel();

    /** The most instructions that a run may ask for. */
    @Allowed(from = "1", to = "1000000000000")
    @WithDefault("5000000000")
    long maxFuel();

    /** How long a run may take unless it says otherwise. It protects the process; it is fuel that decides. */
    @Allowed(from = "1ms", to = "1h")
    @WithDefault("20s")
    Duration time();

    /** The longest time that a run may ask for. */
    @Allowed(from = "1ms", to = "1h")
    @WithDefault("120s")
    Duration maxTime();

    /** Memory that a run may have unless it says otherwise, in MiB. */
    @Allowed(from = "1", to = "2047")
    @WithDefault("32")
    int memoryMb();

    /** The most memory that a run may ask for, in MiB. */
    @Allowed(from = "1", to = "2047")
    @WithDefault("128")
    int maxMemoryMb();

    /** Bytes that a run may write to stdout and stderr together unless it says otherwise. */
    @Allowed(from = "0", to = "16777216")
    @WithDefault("65536")
    int outputBytes();

    /** The most bytes of output that a run may ask for. */
    @Allowed(from = "0", to = "16777216")
    @WithDefault("1048576")
    int maxOutputBytes();

    /** The most bytes of a run's input. */
    @Allowed(from = "1", to = "16777216")
    @WithDefault("1048576")
    int maxInputBytes();

    /** Runs that one process executes at once; 0 is the number of cores less one, and at least one. */
    @Allowed(from = "0", to = "1000")
    @WithDefault("0")
    int maxConcurrent();

    /** Memory of all runs that one process executes at once, in MiB: what they may have, and their modules. */
    @Allowed(from = "64", to = "1000000")
    @WithDefault("320")
    int maxMemoryOfAllMb();

    /** Runs that may wait in one process; further ones wait in the database. */
    @Allowed(from = "1", to = "100000")
    @WithDefault("100")
    int maxQueued();

    /** Runs that may be unfinished in the installation; further ones get 503. Checks of tasks are not counted. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("1000")
    int maxUnfinished();

    /** Runs of one session that may be unfinished; further ones get 429. */
    @Allowed(from = "1", to = "1000000")
    @WithDefault("20")
    int maxUnfinishedOfSession();

    /** How long a run that has finished is kept. */
    @Allowed(from = "1s", to = "720h")
    @WithDefault("1h")
    Duration kept();

    /** How long after a run's own time it is tried again, should its process have died. */
    @Allowed(from = "1s", to = "1h")
    @WithDefault("15s")
    Duration lease();

    /** How often a run is tried whose process dies, or whose check takes too long. */
    @Allowed(from = "1", to = "100")
    @WithDefault("3")
    int tries();

    /** How often a call that waits for a run looks again by itself. */
    @Allowed(from = "10ms", to = "1h")
    @WithDefault("1s")
    Duration lookAgain();
}
