package io.infrafabric.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.infrafabric.problem.Problem;
import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpTargetTest {

    @ParameterizedTest
    @CsvSource({
        "http://example.org,false,example.org,80,/",
        "HTTPS://example.org/a?b=c,true,example.org,443,/a?b=c",
        "https://example.org:8443?b=%20,true,example.org,8443,/?b=%20",
        "http://[::1]:81/a,false,::1,81,/a",
        "http://10.0.0.1/a,false,10.0.0.1,80,/a",
    })
    void a_url_is_taken_apart(String url, boolean tls, String host, int port, String path) {
        assertThat(HttpTarget.of("url", url)).isEqualTo(new HttpTarget(tls, host, port, path));
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
        assertThatThrownBy(() -> HttpTarget.of("url", url)).isInstanceOf(Problem.class);
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
                "::ffff:127.0.0.1",
                "255.255.255.255",
                "240.0.0.1",
                "192.0.0.8",
                "192.0.2.1",
                "192.88.99.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.9",
                "239.255.255.250",
                "168.63.129.16",
                "::127.0.0.1",
                "::8.8.8.8",
                "::ffff:0:127.0.0.1",
                "64:ff9b::127.0.0.1",
                "64:ff9b::10.0.0.1",
                "64:ff9b::169.254.169.254",
                "64:ff9b:1::8.8.8.8",
                "100::1",
                "2001::1",
                "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                "2001:2::1",
                "2001:10::1",
                "2001:db8::1",
                "2002:7f00:1::1",
                "2002:a00:1::",
                "3fff::1",
                "4000::1",
                "5f00::1",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::5efe:a00:1",
                "fec0::1",
                "ff02::1",
                "2606:4700::5efe:10.0.0.1",
                "2606:4700::200:5efe:127.0.0.1"
            })
    void private_addresses_are_known(String address) {
        assertThat(HttpTarget.isPrivate(InetAddress.ofLiteral(address))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "172.32.0.1",
                "100.128.0.1",
                "198.20.0.1",
                "192.0.1.1",
                "223.255.255.255",
                "168.63.129.17",
                "2606:4700::1111",
                "2001:4860:4860::8888",
                "2400:cb00::1",
                "64:ff9b::8.8.8.8",
                "2606:4700::5efe:8.8.8.8"
            })
    void public_addresses_are_not_private(String address) {
        assertThat(HttpTarget.isPrivate(InetAddress.ofLiteral(address))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "http://example.org/a,example.org",
        "http://example.org:443/a,example.org:443",
        "https://example.org:443/a,example.org",
        "https://example.org:8443/a,example.org:8443",
        "http://[::1]/a,[::1]",
        "http://[::1]:38443/a,[::1]:38443"
    })
    void a_receiver_is_called_by_its_name_and_port(String url, String authority) {
        assertThat(HttpTarget.of("url", url).authority()).isEqualTo(authority);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http://localhost", "http://LOCALHOST.:81/a", "https://db.localhost/", "http://a.LocalHost./"})
    void this_machine_has_a_name(String url) {
        assertThat(HttpTarget.of("url", url).isThisMachine()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost.example.org", "http://notlocalhost/"})
    void others_have_others(String url) {
        assertThat(HttpTarget.of("url", url).isThisMachine()).isFalse();
    }
}
