package io.infrafabric.chassis.module;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.chassis.WasmFile;
import io.infrafabric.chassis.module.Examination.Finding;
import io.infrafabric.chassis.run.Sandbox;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExaminationTest {
    private static final String HEAD = "0061736d01000000";
    private static final String TYPE = "01 04 01 60 00 00";
    private static final String FUNCTION = "03 02 01 00";
    private static final String MEMORY = "05 03 01 00 01";
    private static final String EXPORTS = "07 13 02 06 5f7374617274 00 00 06 6d656d6f7279 02 00";

    private static byte[] hex(String... parts) {
        return HexFormat.of().parseHex(String.join("", parts).replace(" ", ""));
    }

    /** A module whose one function has this body: its locals, and its instructions to the last end. */
    private static byte[] withBody(byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(hex(HEAD, TYPE, FUNCTION, MEMORY, EXPORTS));
        out.write(10);
        byte[] size = leb(body.length);
        out.writeBytes(leb(1 + size.length + body.length));
        out.write(1);
        out.writeBytes(size);
        out.writeBytes(body);
        return out.toByteArray();
    }

    private static byte[] leb(int value) {
        return hex(String.format(
                "%02x%02x%02x%02x%02x",
                (value & 0x7F) | 0x80,
                ((value >> 7) & 0x7F) | 0x80,
                ((value >> 14) & 0x7F) | 0x80,
                ((value >> 21) & 0x7F) | 0x80,
                (value >> 28) & 0x7F));
    }

    private static String refused(byte[] bytes) {
        return Examination.of(bytes) instanceof Finding.Bad(String what) ? what : "nothing";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"exit0", "exit7", "echo", "clock-and-random", "endless", "table-grow", "deep-locals", "fill"})
    void what_can_be_run_is_good(String module) {
        byte[] bytes = WasmFile.bytes(module);
        assertThat(Examination.of(bytes)).isInstanceOf(Finding.Good.class);
        assertThat(Sandbox.fault(bytes)).isNull();
    }

    @Test
    void a_good_module_names_its_imports() {
        assertThat(Examination.of(WasmFile.bytes("echo"))).isEqualTo(new Finding.Good(List.of("fd_read", "fd_write")));
    }

    @ParameterizedTest
    @CsvSource({
        "two-memories, 2 memories",
        "many-tables, 5 tables",
        "large-tables, 80000 entries of tables",
        "shared-memory, shared between threads",
        "memory64, 64-bit",
        "foreign-import, env.system",
        "unknown-import, fd_open_everything",
        "imported-memory, wasi_snapshot_preview1.memory",
        "no-start, _start",
        "no-memory, no memory",
        "hidden-memory, memory",
        "tags, tags",
        "tail-call, tail calls",
        "simd, SIMD",
        "atomics, threads",
        "many-locals, 2001 locals"
    })
    void what_may_not_be_in_a_module_is_named(String module, String what) {
        assertThat(refused(WasmFile.bytes("refused/" + module))).contains(what);
    }

    @Test
    void a_function_of_wasi_with_other_parameters_cannot_be_linked() {
        byte[] bytes = WasmFile.bytes("refused/wrong-type");
        assertThat(Examination.of(bytes)).isInstanceOf(Finding.Good.class);
        assertThat(Sandbox.fault(bytes)).contains("fd_write");
    }

    @Test
    void the_smallest_module_is_good() {
        assertThat(Examination.of(withBody(hex("00 0b")))).isEqualTo(new Finding.Good(List.of()));
    }

    @ParameterizedTest
    @CsvSource({
        // br_table with 2^32 - 2 targets, a select of as many types, a call to function 2^35
        "00 41 00 0e feffffff0f 00 0b, 4294967294 labels",
        "00 41 00 0e ffff03 00 0b, is cut short",
        "00 1c feffffff0f 7f 0b, 4294967294 types",
        "00 10 8080808010 0b, more than 32 bits",
        "00 10 808080808000 0b, too many bytes",
        "00 41 8080808030 1a 0b, more than 32 bits",
        "00 42 80808080808080808002 1a 0b, more than 64 bits",
        // locals
        "01 d10f 7f 0b, 2001 locals",
        "01 ffffffff0f 7f 0b, 4294967295 locals",
        "feffffff0f 0b, 4294967294 groups",
        "01 01 7b 0b, vectors",
        // instructions
        "00 06 40 0b, exceptions",
        "00 12 00 0b, tail calls",
        "00 fb 00 00 0b, garbage collection",
        "00 fd 0c 0b, SIMD",
        "00 fe 00 0b, threads",
        "00 14 00 0b, the instruction 0x14",
        "00 ff 0b, the instruction 0xff",
        "00 fc 7f 0b, the instruction 0xfc 127",
        // ends
        "00 0b 0b, 1 bytes too many",
        "00 02 40 0b, ends too early",
        "00 41, ends too early"
    })
    void instructions_that_no_run_may_have_are_named(String body, String what) {
        assertThat(refused(withBody(hex(body)))).contains(what);
    }

    @Test
    void blocks_are_nested_to_a_bound() {
        byte[] body = new byte[3 * 1001 + 2];
        Arrays.fill(body, (byte) 0x0B);
        body[0] = 0;
        for (int i = 0; i < 1001; i++) {
            body[1 + 2 * i] = 0x02;
            body[2 + 2 * i] = 0x40;
        }
        assertThat(refused(withBody(body))).contains("nested");
    }

    @Test
    void instructions_are_counted() {
        byte[] body = new byte[CodeWalk.MOST_INSTRUCTIONS + 2];
        Arrays.fill(body, (byte) 0x01);
        body[0] = 0;
        body[body.length - 1] = 0x0B;
        assertThat(refused(withBody(body))).contains("more than 1000000 instructions");
    }

    @ParameterizedTest
    @CsvSource({
        "01 04 01 60 00 00 01 04 01 60 00 00, twice",
        "03 02 01 00 01 04 01 60 00 00, wrong place",
        "01 7f 01, is cut short",
        "01 05 01 60 00 00, is cut short",
        "01 05 01 60 00 00 00, too many",
        "01 06 ffffffff0f 60, 4294967295 types",
        "01 04 01 5f 00 00, garbage collection",
        "03 06 80808080 10 00, more than 32 bits",
        "0d 03 01 00 00, tags",
        "63 00, unknown kind 99",
        "04 05 01 70 01 ffff 03, ends too early",
        "09 06 fdffffff0f 00, 4294967293 segments",
        "0b 06 fdffffff0f 00, 4294967293 segments",
        "02 06 feffffff0f 00, 4294967294 imports",
        "00 06 feffffff0f 00, a name of 4294967294 bytes"
    })
    void sections_that_lie_are_named(String section, String what) {
        assertThat(refused(hex(HEAD, section))).contains(what);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "00", "0061736d", "0061736d02000000", "0061736d0d000100", "7f454c4601010100"})
    void what_is_no_module_is_refused(String bytes) {
        assertThat(refused(hex(bytes))).contains("no WASM module");
    }

    @Test
    void a_module_that_is_too_large_is_refused() {
        assertThat(refused(new byte[Examination.MOST_BYTES + 1])).contains("4194305 bytes");
    }

    /** Whatever stands in the bytes: the examination ends, and what it lets pass the engine reads or refuses. */
    @Test
    void every_cut_and_every_changed_byte_is_survived() {
        Random random = new Random(37);
        for (String module : List.of("echo", "deep-indirect", "table-grow")) {
            byte[] good = WasmFile.bytes(module);
            for (int length = 0; length < good.length; length++) {
                assertThat(refused(Arrays.copyOf(good, length))).isNotEqualTo("nothing");
            }
            for (int i = 0; i < 300; i++) {
                byte[] changed = good.clone();
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
                if (Examination.of(changed) instanceof Finding.Good) {
                    String fault = Sandbox.fault(changed);
                    assertThat(fault == null || !fault.isEmpty()).isTrue();
                }
            }
        }
    }

    @Test
    void a_refusal_tells_no_bytes_of_the_module() {
        assertThat(refused("\0asm\1\0\0\0<script>".getBytes(ISO_8859_1))).doesNotContain("script");
    }
}
