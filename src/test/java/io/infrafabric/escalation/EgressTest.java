package io.infrafabric.escalation;

import static org.assertj.core.api.Assertions.assertThat;

import io.infrafabric.input.Reserved;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The network policy of the pods that call receivers lets through what {@link Reserved} does, and nothing else. */
class EgressTest {
    private static final Pattern BLOCK = Pattern.compile("cidr: (\\S+)\\s+except:((?:\\s+- \\S+/\\d+)+)");
    private static final Pattern ENTRY = Pattern.compile("- \"?([^\\s\"]+/\\d+)");

    /** What is left out of each block that may be called. */
    private static Map<String, List<String>> blocks() throws IOException {
        Map<String, List<String>> blocks = new LinkedHashMap<>();
        Matcher block = BLOCK.matcher(Files.readString(Path.of("k8s/base/escalation.yaml")));
        while (block.find()) {
            List<String> except = new ArrayList<>();
            ENTRY.matcher(block.group(2)).results().forEach(entry -> except.add(entry.group(1)));
            blocks.put(block.group(1), except);
        }
        return blocks;
    }

    /** The block of IPv6 addresses that stand for these IPv4 ones. */
    private static String translated(String four) {
        String[] parts = four.split("/", 2);
        return normal("64:ff9b::" + parts[0] + "/" + (96 + Integer.parseInt(parts[1])));
    }

    private static String normal(String cidr) {
        String[] parts = cidr.split("/", 2);
        return InetAddress.ofLiteral(parts[0]).getHostAddress() + "/" + parts[1];
    }

    @Test
    void the_chart_says_the_same() throws IOException {
        Map<String, List<String>> blocks = blocks();
        assertThat(blocks.keySet()).containsExactly("0.0.0.0/0", Reserved.IPV6_UNICAST, Reserved.NAT64);
        assertThat(blocks.get("0.0.0.0/0")).containsExactlyElementsOf(Reserved.IPV4);
        assertThat(blocks.get(Reserved.IPV6_UNICAST)).containsExactlyElementsOf(Reserved.IPV6);
        assertThat(blocks.get(Reserved.NAT64).stream().map(EgressTest::normal))
                .containsExactlyElementsOf(
                        Reserved.IPV4.stream().map(EgressTest::translated).toList());
    }
}
