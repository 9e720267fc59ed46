package io.infrafabric.bulkhead.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BodyTest {
    private static final int SMALL = 64 * 1024;

    private final Random random = new Random(42);

    @Test
    void parts_of_any_size_give_the_same_bytes_in_parts_of_at_most_64_kilobytes() {
        Buffer expected = Buffer.buffer();
        Body body = new Body();
        for (int size : new int[] {0, 1, 1, 200_000, 3, SMALL, SMALL - 1, 2, 40_000, 40_000, 1}) {
            Buffer part = bytes(size);
            expected.appendBuffer(part);
            body.add(part);
        }
        assertThat(body.length()).isEqualTo(expected.length());
        assertThat(body.inParts()).allMatch(part -> part.length() <= SMALL);
        assertThat(whole(body)).isEqualTo(expected);
    }

    /** A client may write one byte at a time. */
    @Test
    void single_bytes_are_joined() {
        Body body = new Body();
        for (int i = 0; i < 3 * SMALL; i++) {
            body.add(bytes(1));
        }
        assertThat(body.inParts()).hasSize(3);
    }

    @Test
    void text_takes_the_place_of_bytes_that_cross_parts() {
        Buffer bytes = bytes(150_000);
        Body body = new Body();
        body.add(bytes.slice(0, 50_000));
        body.add(bytes.slice(50_000, 150_000));
        Buffer expected = Buffer.buffer()
                .appendBuffer(bytes.slice(0, 49_990))
                .appendString("new")
                .appendBuffer(bytes.slice(50_010, 150_000));
        assertThat(whole(body.with(49_990, 50_010, "new"))).isEqualTo(expected);
        assertThat(whole(body)).isEqualTo(bytes);
    }

    private Buffer bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return Buffer.buffer(bytes);
    }

    private static Buffer whole(Body body) {
        Buffer all = Buffer.buffer();
        body.inParts().forEach(all::appendBuffer);
        return all;
    }
}
