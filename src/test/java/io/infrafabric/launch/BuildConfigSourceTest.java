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

    @Test
    void allMeansEverything() {
        assertThat(on("all"))
                .containsExactly(
                        "mp.messaging.incoming.apples.enabled",
                        "mp.messaging.incoming.pears.enabled",
                        "s2.build.apples.channel",
                        "s2.build.apples.door",
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
        assertThat(on("gateway")).containsExactly("s2.build.apples.door", "s2.build.pears.door");
    }

    @Test
    void whatIsOutIsSwitchedOffAndNotOnlyUnmentioned() {
        assertThat(BuildConfigSource.parts("pears", FUNCTIONS))
                .containsEntry("s2.build.apples.door", "false")
                .containsEntry("mp.messaging.incoming.apples.enabled", "false");
    }

    @Test
    void anUnknownFunctionIsRefusedWithThoseThatThereAre() {
        assertThatThrownBy(() -> BuildConfigSource.parts("plums", FUNCTIONS))
                .hasMessageContaining("'plums'")
                .hasMessageContaining("apples, pears; gateway");
    }

    private static Set<String> on(String function) {
        return BuildConfigSource.parts(function, FUNCTIONS).entrySet().stream()
                .filter(part -> part.getValue().equals("true"))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
