package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BannerTest {

    @Test
    void saysWhereAnEmbeddedRunIsAndShowsNoSecret() {
        String text = new Banner(
                        "1.0",
                        8081,
                        "postgresql://127.0.0.1:5555/s2",
                        "redis://:hidden@127.0.0.1:6666",
                        "postgres redis",
                        Optional.of(Path.of("/home/me/.s2")))
                .text();

        assertThat(text)
                .contains("http://localhost:8081", "embedded, 127.0.0.1:5555", "embedded, 127.0.0.1:6666")
                .contains("token in /home/me/.s2/operator.token", "curl -H", "$(cat /home/me/.s2/operator.token)")
                .doesNotContain("hidden");
    }

    @Test
    void namesGivenServers() {
        String text = new Banner(
                        "1.0", 8080, "postgresql://db:5432/s2", "redis://user:hidden@cache", "", Optional.empty())
                .text();

        assertThat(text)
                .contains("given, db:5432", "given, cache", "$S2_OPERATOR_TOKEN")
                .doesNotContain("hidden", "embedded");
    }
}
