package io.infrafabric.chassis.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.chassis.WasmFile;
import io.infrafabric.chassis.run.Ran.End;
import io.infrafabric.chassis.run.Ran.Limit;
import io.infrafabric.chassis.run.Sandbox.Bounds;
import io.infrafabric.chassis.run.Sandbox.Job;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SandboxTest {
    private static final Instant CLOCK = Instant.parse("2026-01-31T12:00:00Z");
    private static final long HOUR = 3_600_000;
    private static final int OUTPUT = 100_000;
    private static final Bounds BOUNDS = new Bounds(HOUR, 300_000, 32, OUTPUT);

    private static Ran run(String module, String input, Bounds bounds) {
        return OwnThread.run(new Job(WasmFile.bytes(module), input.getBytes(UTF_8), CLOCK, bounds));
    }

    private static Ran run(String module) {
        return run(module, "", BOUNDS);
    }

    @Test
    void a_module_that_returns_exits_with_0() {
        assertThat(run("exit0").end()).isEqualTo(new End.Exited(0));
    }

    @Test
    void a_module_exits_with_a_code_and_says_why() {
        Ran ran = run("exit7");
        assertThat(ran.end()).isEqualTo(new End.Exited(7));
        assertThat(ran.stderr()).isEqualTo("no\n".getBytes(UTF_8));
        assertThat(ran.stdout()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 999, 1000, 1001, 20_000})
    void a_module_reads_all_of_its_input(int length) {
        String input = "ab,".repeat(length).substring(0, length);
        Ran ran = run("echo", input, BOUNDS);
        assertThat(ran.end()).isEqualTo(new End.Exited(0));
        assertThat(new String(ran.stdout(), UTF_8)).isEqualTo(input);
    }

    @ParameterizedTest
    @CsvSource({
        "endless, FUEL",
        "endless-in-start, FUEL",
        "fill, FUEL",
        "memory-grow, MEMORY",
        "memory-grow-billions, MEMORY",
        "memory-large, MEMORY",
        "table-grow, TABLE",
        "table-grow-billions, TABLE",
        "flood-stdout, OUTPUT",
        "flood-stderr, OUTPUT",
        "deep, STACK",
        "deep-mutual, STACK",
        "deep-indirect, STACK",
        "deep-locals, STACK"
    })
    void a_bomb_meets_its_limit_the_same_way_each_time(String module, Limit limit) {
        Bounds bounds = new Bounds(HOUR, 20_000_000, 32, OUTPUT);
        Ran first = run(module, "", module.startsWith("endless") || module.equals("fill") ? BOUNDS : bounds);
        assertThat(first.end()).isEqualTo(new End.Limited(limit));
        Ran second = run(module, "", module.startsWith("endless") || module.equals("fill") ? BOUNDS : bounds);
        assertThat(second.fuel()).isEqualTo(first.fuel());
        assertThat(second.stdout()).isEqualTo(first.stdout());
    }

    @ParameterizedTest
    @ValueSource(strings = {"flood-stdout", "flood-stderr"})
    void what_came_out_before_the_limit_is_kept(String module) {
        Ran ran = run(module);
        assertThat(ran.stdout().length + ran.stderr().length).isEqualTo(OUTPUT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"endless", "endless-in-start", "fill"})
    void the_wall_clock_ends_what_has_fuel_for_hours(String module) {
        Ran ran = run(module, "", new Bounds(20, Long.MAX_VALUE, 32, OUTPUT));
        assertThat(ran.end()).isEqualTo(new End.Limited(Limit.TIME));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 10, 8191, 8192, 8193, 100_000})
    void fuel_is_exact(long fuel) {
        Ran ran = run("endless", "", new Bounds(HOUR, fuel, 32, OUTPUT));
        assertThat(ran.end()).isEqualTo(new End.Limited(Limit.FUEL));
        assertThat(ran.fuel()).isEqualTo(fuel);
        long needed = run("exit7").fuel();
        assertThat(run("exit7", "", new Bounds(HOUR, needed, 32, OUTPUT)).end()).isEqualTo(new End.Exited(7));
        assertThat(run("exit7", "", new Bounds(HOUR, needed - 1, 32, OUTPUT)).end())
                .isEqualTo(new End.Limited(Limit.FUEL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unreachable", "out-of-bounds", "divide", "data-outside"})
    void a_trap_says_what_it_is(String module) {
        assertThat(run(module).end())
                .isInstanceOfSatisfying(
                        End.Trapped.class, trap -> assertThat(trap.why()).isNotBlank());
    }

    @ParameterizedTest
    @CsvSource({"read-huge, 2121", "many-vectors, 28", "random-huge, 21", "sleep, 52"})
    void a_call_beyond_the_memory_is_an_error_and_allocates_nothing(String module, long errors) {
        Ran ran = run(module);
        assertThat(ran.end()).isEqualTo(new End.Exited(errors));
        assertThat(ran.stdout()).isEmpty();
    }

    @Test
    void clock_and_random_bytes_follow_from_what_goes_in() {
        byte[] first = run("clock-and-random", "a", BOUNDS).stdout();
        assertThat(first).hasSize(48);
        assertThat(java.nio.ByteBuffer.wrap(first)
                        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                        .getLong())
                .isEqualTo(CLOCK.getEpochSecond() * 1_000_000_000);
        assertThat(run("clock-and-random", "a", BOUNDS).stdout()).isEqualTo(first);
        assertThat(run("clock-and-random", "b", BOUNDS).stdout()).isNotEqualTo(first);
    }
}
