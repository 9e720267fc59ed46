package io.infrafabric.bus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SchemaTest {

    /** A build of one function carries no migrations, so what it waits for stands in the code. */
    @Test
    void it_waits_for_every_migration() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/db/migration"))) {
            assertThat(Schema.MIGRATIONS)
                    .containsExactlyElementsOf(
                            files.map(file -> file.getFileName().toString())
                                    .map(name -> name.substring(1, name.indexOf("__")))
                                    .sorted()
                                    .toList());
        }
    }
}
