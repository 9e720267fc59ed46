package io.infrafabric.bulkhead.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.input.HttpTarget;
import io.infrafabric.problem.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProviderAddressTest {
    private final ProviderAddress publicOnly = new ProviderAddress(false);
    private final ProviderAddress anywhere = new ProviderAddress(true);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://api.example.org",
                "https://127.0.0.1",
                "https://169.254.169.254/latest",
                "https://localhost:8000",
                "https://10.0.0.1",
                "https://[::1]",
                "https://[::ffff:10.0.0.1]"
            })
    void only_public_addresses_over_https(String url) {
        assertThatThrownBy(() -> publicOnly.check(url)).isInstanceOf(Problem.class);
    }

    @Test
    void private_addresses_where_a_setting_allows_them() {
        assertThat(anywhere.check("http://127.0.0.1:8000")).isEqualTo("http://127.0.0.1:8000");
        assertThat(publicOnly.check("https://api.example.org/v1")).isEqualTo("https://api.example.org/v1");
        assertThat(publicOnly.check(null)).isNull();
    }

    /** The name is fine when it is configured; what counts is where it leads when a connection is made. */
    @Test
    void a_name_that_resolves_to_a_forbidden_address_is_refused_at_the_connection() {
        assertThatThrownBy(() -> publicOnly.resolved(HttpTarget.of("baseUrl", "https://localhost")))
                .isInstanceOf(SecurityException.class);
        assertThatThrownBy(() -> anywhere.resolved(HttpTarget.of("baseUrl", "http://1.1.1.1")))
                .isInstanceOf(SecurityException.class);
    }
}
