package io.infrafabric.gateway.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class UnpackingTest {
    private static final int MOST = 1000;

    static byte[] packed(byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    private static void refused(byte[] body, String encoding, int status) {
        assertThatThrownBy(() -> Unpacking.unpacked(body, encoding, MOST))
                .isInstanceOfSatisfying(
                        Problem.class,
                        problem -> assertThat(problem.code().status()).isEqualTo(status));
    }

    @Test
    void what_is_packed_is_unpacked() throws IOException {
        byte[] plain = "hello".getBytes(StandardCharsets.UTF_8);
        assertThat(Unpacking.unpacked(packed(plain), "gzip", MOST)).isEqualTo(plain);
        assertThat(Unpacking.unpacked(packed(plain), " GZIP", MOST)).isEqualTo(plain);
        assertThat(Unpacking.unpacked(plain, null, MOST)).isEqualTo(plain);
        assertThat(Unpacking.unpacked(plain, "identity", MOST)).isEqualTo(plain);
    }

    @Test
    void a_bomb_is_not_unpacked_to_its_end() throws IOException {
        refused(packed(new byte[50_000_000]), "gzip", 413);
        refused(new byte[MOST + 1], null, 413);
        assertThat(Unpacking.unpacked(packed(new byte[MOST]), "gzip", MOST)).hasSize(MOST);
    }

    @Test
    void what_is_broken_or_packed_otherwise_is_refused() throws IOException {
        byte[] whole = packed(new byte[900]);
        refused(Arrays.copyOf(whole, whole.length / 2), "gzip", 400);
        refused(new byte[0], "gzip", 400);
        refused("plain".getBytes(StandardCharsets.UTF_8), "gzip", 400);
        refused(whole, "zstd", 415);
    }
}
