package io.infrafabric.relation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EvidenceAddressTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.org/a/~b?q=x",
                " https://example.org/a/~b?q=x ",
                "HTTPS://example.org/a/~b?q=x",
                "https://Example.ORG/a/~b?q=x",
                "https://example.org:443/a/~b?q=x",
                "https://example.org:0443/a/~b?q=x",
                "https://example.org:/a/~b?q=x",
                "https://example.org./a/~b?q=x",
                "https://ann@example.org/a/~b?q=x",
                "https://ann:secret@example.org/a/~b?q=x",
                "https://example.org/a/%7Eb?q=x",
                "https://example.org/a/%7eb?q=%78",
                "https://example.org/%61/~b?q=x",
                "https://example.org/./a/~b?q=x",
                "https://example.org/a/c/../~b?q=x",
                "https://example.org/a/c/%2e%2E/~b?q=x",
                "https://example.org/../a/~b?q=x",
                "https://example.org/a/~b?q=x#part",
                "https://example.org/a/~b?q=x#",
                "https://ex%61mple.org/a/~b?q=x",
                "https://ｅｘａｍｐｌｅ.org/a/~b?q=x",
                "ht\ttps://exam\nple.org/a/\r\n~b?q=x"
            })
    void one_page_has_one_address(String written) {
        assertThat(EvidenceAddress.plain(written)).isEqualTo("https://example.org/a/~b?q=x");
    }

    @ParameterizedTest
    @CsvSource({
        "https://example.org, https://example.org/",
        "https://example.org?, https://example.org/",
        "https://example.org/?, https://example.org/",
        "https://example.org/.., https://example.org/",
        "https://example.org/a/b/.., https://example.org/a/",
        "https://example.org/a/., https://example.org/a/",
        "http://example.org:80, http://example.org/",
        "http://example.org:443/, http://example.org:443/",
        "https://example.org:8443/, https://example.org:8443/",
        "https://bücher.example/ä, https://xn--bcher-kva.example/%C3%A4",
        "https://BÜCHER.example/%c3%a4, https://xn--bcher-kva.example/%C3%A4",
        "https://b%C3%BCcher.example/a\u0308, https://xn--bcher-kva.example/%C3%A4",
        "https://bu\u0308cher.example/a%CC%88, https://xn--bcher-kva.example/%C3%A4",
        "https://example.org/a b, https://example.org/a%20b",
        "https://example.org/a%2fb, https://example.org/a%2Fb",
        "https://example.org/100%, https://example.org/100%25",
        "https://example.org/%ff, https://example.org/%FF",
        "https://example.org/%F0%9F%99%82, https://example.org/%F0%9F%99%82",
        "https://example.org/\uD83D\uDE42, https://example.org/%F0%9F%99%82",
        "http://0x7f.1/, http://127.0.0.1/",
        "http://2130706433/, http://127.0.0.1/",
        "'http://[0:0:0:0:0:0:0:1]:80/', 'http://[0:0:0:0:0:0:0:1]/'",
        "'http://[::ffff:127.0.0.1]/', http://127.0.0.1/",
        "'http://[::1]/', 'http://[0:0:0:0:0:0:0:1]/'",
        "./a.md, a.md",
        "docs/../a.md#part, a.md",
        "../a.md, ../a.md",
        "//example.org, //example.org/",
        "URN:isbn:0451450523, urn:isbn:0451450523",
        "'', ''"
    })
    void an_address_is_written_like_this(String written, String plain) {
        assertThat(EvidenceAddress.plain(written)).isEqualTo(plain);
        assertThat(EvidenceAddress.plain(plain)).isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource({
        "https://video.example/watch?v=dQw4, https://video.example/watch?v=DQW4",
        "https://example.org/A, https://example.org/a",
        "https://example.org/a, https://example.org/a/",
        "https://example.org/a%2Fb, https://example.org/a/b",
        "https://example.org/?a=1&b=2, https://example.org/?b=2&a=1",
        "https://example.org/a%3Fb, https://example.org/a?b",
        "https://example.org/, https://www.example.org/",
        "https://example.org/, https://example.org:80/",
        "https://example.org//a, https://example.org/a",
        "A.md, a.md"
    })
    void other_pages_have_other_addresses(String one, String other) {
        assertThat(EvidenceAddress.plain(one)).isNotEqualTo(EvidenceAddress.plain(other));
    }

    @Test
    void whatever_somebody_writes_comes_back_as_something() {
        for (String odd : new String[] {
            "http://",
            "http://[",
            "http://[::g]/",
            "http://a..b/",
            "http://:0/%",
            "%",
            "%%41",
            "http://host:99999999999/",
            "http://1.2.3.4.5/",
            "http://999.1/",
            "http:\\\\host\\x",
            "a:%zz",
            "https://example.org/%１２%٣٤",
            "//",
            "?",
            "#"
        }) {
            assertThat(EvidenceAddress.plain(EvidenceAddress.plain(odd)))
                    .as("%s", odd)
                    .isEqualTo(EvidenceAddress.plain(odd));
        }
    }
}
