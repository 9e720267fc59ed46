package io.infrafabric.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class BuildConfigSourceTest {

    private static final Set<String> FUNCTIONS = Set.of("apples", "pears");
    private static final Set<String> WITH_ENTITIES = Set.of("apples");
    private static final String HIBERNATE = "quarkus.hibernate-orm.enabled";

    @Test
    void allMeansEverything() {
        assertThat(on("all"))
                .containsExactly(
                        "mp.messaging.incoming.apples.enabled",
                        "mp.messaging.incoming.pears.enabled",
                        HIBERNATE,
                        "s2.build.apples.channel",
                        "s2.build.apples.door",
                        "s2.build.gateway.door",
                        "s2.build.pears.channel",
                        "s2.build.pears.door");
    }

    @Test
    void aFunctionIsItsOwnChannelAndDoor() {
        assertThat(on("pears"))
                .containsExactly(
                        "mp.messaging.incoming.pears.enabled", "s2.build.pears.channel", "s2.build.pears.door");
    }

    @Test
    void theGatewayIsAllDoorsAndNoChannel() {
        assertThat(on("gateway"))
                .containsExactly(HIBERNATE, "s2.build.apples.door", "s2.build.gateway.door", "s2.build.pears.door");
    }

    @Test
    void aFunctionWithEntitiesHasHibernateToo() {
        assertThat(on("apples")).contains(HIBERNATE);
        assertThat(BuildConfigSource.parts("pears", FUNCTIONS, WITH_ENTITIES)).containsEntry(HIBERNATE, "false");
    }

    @Test
    void whatIsOutIsSwitchedOffAndNotOnlyUnmentioned() {
        assertThat(BuildConfigSource.parts("pears", FUNCTIONS, WITH_ENTITIES))
                .containsEntry("s2.build.function", "pears")
                .containsEntry("s2.build.apples.door", "false")
                .containsEntry("mp.messaging.incoming.apples.enabled", "false");
    }

    @Test
    void anUnknownFunctionIsRefusedWithThoseThatThereAre() {
        assertThatThrownBy(() -> BuildConfigSource.parts("plums", FUNCTIONS, WITH_ENTITIES))
                .hasMessageContaining("'plums'")
                .hasMessageContaining("apples, pears; gateway");
    }

    private static Set<String> on(String function) {
        return BuildConfigSource.parts(function, FUNCTIONS, WITH_ENTITIES).entrySet().stream()
                .filter(part -> part.getValue().equals("true"))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
