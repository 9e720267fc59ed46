package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MigrationTest {
    @Test
    void as_many_connections_as_the_release_opens_suffice() {
        assertThat(Migration.tooFew(97, 97)).isEmpty();
    }

    @Test
    void fewer_connections_are_refused_with_both_numbers_and_what_to_do() {
        assertThat(Migration.tooFew(612, 97))
                .hasValueSatisfying(sentence -> assertThat(sentence)
                        .contains("allows this login 97", "up to 612", "max_connections", "functions.<name>.max")
                        .doesNotContain("\n"));
    }
}
