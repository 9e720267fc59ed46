package io.infrafabric.escalation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.door.Problem;
import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {

    @ParameterizedTest
    @CsvSource({
        "http://example.org,false,example.org,80,/",
        "HTTPS://example.org/a?b=c,true,example.org,443,/a?b=c",
        "https://example.org:8443?b=%20,true,example.org,8443,/?b=%20",
        "http://[::1]:81/a,false,::1,81,/a",
        "http://10.0.0.1/a,false,10.0.0.1,80,/a",
    })
    void a_url_is_taken_apart(String url, boolean tls, String host, int port, String path) {
        assertThat(Target.of(url)).isEqualTo(new Target(tls, host, port, path));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.org",
                "ftp://example.org",
                "file:///etc/passwd",
                "https:///a",
                "https://user:pass@example.org",
                "https://example.org/#here",
                "https://example.org:0/",
                "https://example.org:99999/",
                "https://exa mple.org/"
            })
    void what_is_no_usable_url_is_refused(String url) {
        assertThatThrownBy(() -> Target.of(url)).isInstanceOf(Problem.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.9.9.9",
                "0.0.0.0",
                "10.1.2.3",
                "172.16.0.1",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
                "224.0.0.1",
                "::1",
                "::",
                "fe80::1",
                "fd00::1",
                "::ffff:127.0.0.1"
            })
    void private_addresses_are_known(String address) {
        assertThat(Target.isPrivate(InetAddress.ofLiteral(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"})
    void public_addresses_are_not_private(String address) {
        assertThat(Target.isPrivate(InetAddress.ofLiteral(address))).isFalse();
    }
}
