package io.infrafabric.simulation;

import io.infrafabric.coordinator.session.Match.Need;
import io.infrafabric.simulation.Documented.Item;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Plays swarms for many seeds.
 *
 * @param needs what blockers are about: what the tasks of the documented board need
 */
record Runs(Documented documented, List<Need> needs) {
    static final int SEEDS = 100;
    static final int SEEDS_LARGE = 100;
    /** Sessions of the documented swarm. */
    static final int SMALL = 7;

    static final int LARGE = 1000;
    private static final double HORIZON = 100;
    private static final double HORIZON_LARGE = 2;

    static Runs load() {
        Documented documented = Documented.load();
        return new Runs(documented, documented.board().stream().map(Item::need).toList());
    }

    /** What each seed comes to, in the order of the seeds. */
    static <T> List<T> results(int seeds, Function<Long, T> play) {
        return IntStream.rangeClosed(1, seeds)
                .parallel()
                .mapToObj(seed -> play.apply((long) seed))
                .toList();
    }

    Swarm swarm(int size, Assumptions given, long seed) {
        return Swarm.of(documented, size, given, new Random(seed));
    }

    /** Blockers of a swarm of this size. */
    List<Help.Result> help(int size, Policy policy, Assumptions given) {
        return results(
                size == SMALL ? SEEDS : SEEDS_LARGE,
                seed -> Help.play(
                        swarm(size, given, seed),
                        needs,
                        policy,
                        given,
                        size == SMALL ? HORIZON : HORIZON_LARGE,
                        seed));
    }
}
