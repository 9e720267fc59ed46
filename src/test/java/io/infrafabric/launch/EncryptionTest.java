package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What both clients of PostgreSQL are told. */
class EncryptionTest {

    private static final String SERVER = "postgresql://db:5432/fabric";

    @TempDir
    Path directory;

    private Path authority;

    @BeforeEach
    void anAuthority() throws IOException {
        authority = Files.writeString(directory.resolve("ca.pem"), "");
    }

    @Test
    void saysNothingWhereNothingWasSaid() {
        PostgresAddress address = parse("", Optional.empty());

        assertThat(address.url()).isEqualTo(SERVER);
        assertThat(address.jdbcUrl()).isEqualTo(SERVER);
        assertThat(address.encryption().trustsAll()).isFalse();
        assertThat(address.encryption().nameCheck()).isEqualTo("NONE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"disable", "allow", "prefer", "require"})
    void checksNothingWithoutAnAuthority(String mode) {
        PostgresAddress address = parse("?sslmode=" + mode, Optional.empty());

        assertThat(address.url()).isEqualTo(SERVER + "?sslmode=" + mode);
        assertThat(address.jdbcUrl()).isEqualTo(SERVER + "?sslmode=" + mode);
        assertThat(address.encryption().trustsAll()).isTrue();
        assertThat(address.encryption().nameCheck()).isEqualTo("NONE");
    }

    @ParameterizedTest
    @CsvSource({
        "'', verify-full, HTTPS",
        "?sslmode=verify-full, verify-full, HTTPS",
        "?sslmode=verify-ca, verify-ca, NONE",
        "?sslmode=require, verify-ca, NONE"
    })
    void checksWithAnAuthority(String parameters, String mode, String nameCheck) {
        PostgresAddress address = parse(parameters, Optional.of(authority));

        assertThat(address.url()).isEqualTo(SERVER + "?sslmode=" + mode);
        assertThat(address.jdbcUrl())
                .isEqualTo(SERVER + "?sslmode=" + mode + "&sslrootcert="
                        + authority.toString().replace("/", "%2F"));
        assertThat(address.encryption().trustsAll()).isFalse();
        assertThat(address.encryption().nameCheck()).isEqualTo(nameCheck);
    }

    @Test
    void takesTheAuthorityFromTheAddressAsLibpqDoes() {
        PostgresAddress address = parse("?sslrootcert=" + authority + "&search_path=fabric", Optional.empty());

        assertThat(address.encryption().authority()).contains(authority);
        assertThat(address.url()).isEqualTo(SERVER + "?sslmode=verify-full&search_path=fabric");
    }

    @Test
    void refusesWhatContradictsItself() {
        assertRefused("?sslmode=verify-full", Optional.empty(), "S2_POSTGRES_CA_FILE", "/etc/ssl/certs");
        assertRefused("?sslmode=verify-ca", Optional.empty(), "S2_POSTGRES_CA_FILE");
        assertRefused("?sslmode=disable", Optional.of(authority), "sslmode=disable", "verify-full");
        assertRefused("?sslmode=prefer", Optional.of(authority), "sslmode=prefer");
        assertRefused("?sslmode=always", Optional.of(authority), "unknown sslmode", "verify-full");
        assertRefused("", Optional.of(directory.resolve("none.pem")), "none.pem, which cannot be read");
    }

    private static PostgresAddress parse(String parameters, Optional<Path> authority) {
        return PostgresAddress.parse(
                "postgresql://me@db/fabric" + parameters, Optional.empty(), Optional.empty(), authority);
    }

    private static void assertRefused(String parameters, Optional<Path> authority, String... parts) {
        assertThatThrownBy(() -> parse(parameters, authority))
                .isInstanceOf(Refusal.class)
                .hasMessageContainingAll(parts);
    }
}
