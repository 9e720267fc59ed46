package io.infrafabric.door.answer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GraphvizTest {
    @Test
    void nothing_in_a_text_ends_it() {
        assertThat(Graphviz.quoted("a \"b\" \\")).isEqualTo("\"a \\\"b\\\" \\\\\"");
        assertThat(Graphviz.quoted("one\r\ntwo")).isEqualTo("\"one\\ntwo\"");
    }
}
