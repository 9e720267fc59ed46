package io.infrafabric.chassis.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.chassis.WasmFile;
import io.infrafabric.chassis.module.Examination;
import io.infrafabric.chassis.module.Examination.Finding;
import io.infrafabric.chassis.run.Ran.End;
import io.infrafabric.chassis.run.Ran.Limit;
import io.infrafabric.chassis.run.Sandbox.Bounds;
import io.infrafabric.chassis.run.Sandbox.Job;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An ordinary Rust program, {@code words.rs}, as Debian's compiler made it; docs/chassis.md says how. */
class RustModuleTest {
    private static final Bounds BOUNDS = new Bounds(3_600_000, 50_000_000, 8, 10_000);

    private static Ran words(String input, Bounds bounds) {
        return OwnThread.run(new Job(WasmFile.bytes("words"), input.getBytes(UTF_8), Instant.EPOCH, bounds));
    }

    private static String text(byte[] written) {
        return new String(written, UTF_8);
    }

    @Test
    void it_is_admitted_as_the_compiler_made_it() {
        assertThat(Examination.of(WasmFile.bytes("words"))).isInstanceOf(Finding.Good.class);
        assertThat(Sandbox.fault(WasmFile.bytes("words"))).isNull();
    }

    @Test
    void it_reads_works_and_writes() {
        Ran ran = words("To be or not to be\nthat is Über\n", BOUNDS);
        assertThat(ran.end()).isEqualTo(new End.Exited(0));
        assertThat(text(ran.stdout())).isEqualTo("be 2\nto 2\nis 1\nnot 1\nor 1\nthat 1\nüber 1\n");
    }

    @Test
    void what_is_random_elsewhere_is_the_same_in_each_run() {
        String input = "one two three four five six seven eight nine ten eleven twelve";
        Ran first = words(input, BOUNDS);
        Ran second = words(input, BOUNDS);
        assertThat(text(first.stderr())).startsWith("first in the map: ");
        assertThat(second.stderr()).isEqualTo(first.stderr());
        assertThat(second.stdout()).isEqualTo(first.stdout());
        assertThat(second.fuel()).isEqualTo(first.fuel());
    }

    @Test
    void it_says_its_own_exit_code() {
        assertThat(words("!exit 63", BOUNDS).end()).isEqualTo(new End.Exited(63));
    }

    @Test
    void a_panic_is_a_trap_after_its_message() {
        Ran ran = words("!panic", BOUNDS);
        assertThat(ran.end()).isInstanceOf(End.Trapped.class);
        assertThat(text(ran.stderr())).contains("as it was told");
    }

    @Test
    void it_gets_no_file_and_may_say_so() {
        Ran ran = words("!read /etc/passwd", BOUNDS);
        assertThat(ran.end()).isEqualTo(new End.Exited(0));
        assertThat(text(ran.stderr())).startsWith("/etc/passwd: ").doesNotContain("bytes");
    }

    @ParameterizedTest
    @CsvSource({"!hoard 9, 50000000, 10000, MEMORY", "a b, 1000, 10000, FUEL", "a b, 50000000, 4, OUTPUT"})
    void it_ends_at_the_limit_that_it_meets(String input, long fuel, int output, Limit limit) {
        Bounds bounds = new Bounds(BOUNDS.millis(), fuel, BOUNDS.memoryMb(), output);
        Ran ran = words(input, bounds);
        assertThat(ran.end()).isEqualTo(new End.Limited(limit));
        assertThat(words(input, bounds).fuel()).isEqualTo(ran.fuel()).isLessThanOrEqualTo(fuel);
    }

    @Test
    void memory_within_the_limit_is_granted() {
        assertThat(words("!hoard 5", BOUNDS).end()).isEqualTo(new End.Exited(0));
    }
}
