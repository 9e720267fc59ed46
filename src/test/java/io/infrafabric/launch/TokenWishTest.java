package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class TokenWishTest {

    @Test
    void what_is_asked_for_is_read() {
        UUID id = UUID.randomUUID();
        assertThat(TokenWish.of("make", "ann", "operator")).contains(new TokenWish.Make("ann", "operator", null, null));
        assertThat(TokenWish.of("make", "grafana", "viewer", "ttlSeconds=60", "swarm=red"))
                .contains(new TokenWish.Make("grafana", "viewer", "red", 60L));
        assertThat(TokenWish.of("list")).contains(new TokenWish.Show());
        assertThat(TokenWish.of("revoke", id.toString())).contains(new TokenWish.Revoke(id));
    }

    @Test
    void what_is_not_understood_is_nothing() {
        assertThat(TokenWish.of()).isEmpty();
        assertThat(TokenWish.of("make", "ann")).isEmpty();
        assertThat(TokenWish.of("make", "ann", "operator", "ttl=60")).isEmpty();
        assertThat(TokenWish.of("make", "ann", "operator", "ttlSeconds=soon")).isEmpty();
        assertThat(TokenWish.of("revoke", "it")).isEmpty();
        assertThat(TokenWish.of("list", "all")).isEmpty();
    }
}
