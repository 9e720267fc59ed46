package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresAddressTest {

    @Test
    void takesUserAndPasswordOutOfTheAddress() {
        assertThat(parse("postgresql://me:p%40ss+word@db:6543/fabric"))
                .isEqualTo(new PostgresAddress("postgresql://db:6543/fabric", "me", "p@ss+word"));
    }

    @Test
    void prefersAUserAndAPasswordGivenSeparately() {
        assertThat(PostgresAddress.parse(
                        "postgres://me:old@db/fabric", Optional.of("you"), Optional.of("new"), Optional.empty()))
                .isEqualTo(new PostgresAddress("postgresql://db:5432/fabric", "you", "new"));
    }

    @Test
    void keepsAnIpv6Host() {
        assertThat(parse("postgresql://me@[::1]:5433/fabric").url()).isEqualTo("postgresql://[::1]:5433/fabric");
    }

    @Test
    void allowsNoPassword() {
        assertThat(parse("postgresql://me@db/fabric").password()).isEmpty();
    }

    @Test
    void asksForAUser() {
        assertThatThrownBy(() -> parse("postgresql://db/fabric"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("set S2_POSTGRES_USER");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "db:5432/fabric",
                "jdbc:postgresql://db/fabric",
                "mysql://db/fabric",
                "postgresql://db",
                "postgresql://db/",
                "postgresql:///fabric",
                "postgresql://d b/fabric"
            })
    void refusesWhatIsNoAddressWithoutRepeatingIt(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(Refusal.class)
                .hasMessage("S2_POSTGRES_URL is not an address of the form postgresql://host:port/database.");
    }

    private static PostgresAddress parse(String text) {
        return PostgresAddress.parse(text, Optional.empty(), Optional.empty(), Optional.empty());
    }
}
