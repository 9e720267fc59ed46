package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EmbeddedRedisTest {

    @Test
    void readsTheVersionOfAnInstalledRedis() {
        assertThat(EmbeddedRedis.majorOf("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64"))
                .isEqualTo(7);
        assertThat(EmbeddedRedis.majorOf("something else")).isZero();
    }
}
