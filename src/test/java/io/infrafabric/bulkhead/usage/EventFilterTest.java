package io.infrafabric.bulkhead.usage;

import static io.infrafabric.bulkhead.usage.Answers.CHAT;
import static io.infrafabric.bulkhead.usage.Answers.CHAT_DONE;
import static io.infrafabric.bulkhead.usage.Answers.CHAT_USAGE;
import static io.infrafabric.bulkhead.usage.Answers.EVENTS;
import static io.infrafabric.bulkhead.usage.Answers.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The one event that the fabric asked for is taken out, and nothing else. */
class EventFilterTest {
    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void the_report_is_read_and_taken_out_wherever_the_stream_is_cut(String end) {
        byte[] sent = bytes((CHAT + CHAT_USAGE + CHAT_DONE).replace("\n", end));
        String expected = (CHAT + CHAT_DONE).replace("\n", end);
        for (int cut = 0; cut <= sent.length; cut++) {
            assertThat(filtered(Arrays.copyOfRange(sent, 0, cut), Arrays.copyOfRange(sent, cut, sent.length)))
                    .as("cut at " + cut)
                    .isEqualTo(expected);
        }
        byte[][] single = new byte[sent.length][];
        for (int i = 0; i < sent.length; i++) {
            single[i] = new byte[] {sent[i]};
        }
        assertThat(filtered(single)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: {\"choices\":[{\"delta\":{}}],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6}}\n\n",
                "data: {\"choices\":[],\"prompt_filter_results\":[],\"usage\":null}\n\n",
                ": OPENROUTER PROCESSING\n\n",
                "event: ping\r\ndata: {}\r\n\r\n",
                "data: no json at all\n\ndata:\n\n\n\n",
                "data: an event that never ends"
            })
    void everything_else_stays(String text) {
        assertThat(filtered(bytes(CHAT), bytes(text), bytes(CHAT_DONE))).isEqualTo(CHAT + text + CHAT_DONE);
        assertThat(filtered(bytes(text))).isEqualTo(text);
    }

    @Test
    void a_large_event_goes_on_before_it_has_ended() {
        AnswerMeter meter = new AnswerMeter(Flavour.OPENAI_CHAT, EVENTS, true);
        EventFilter filter = new EventFilter(meter);
        byte[] begin = bytes("data: {\"choices\":[{\"delta\":{\"content\":\"" + "a".repeat(2 << 20));
        assertThat(filter.see(begin)).isEqualTo(begin);
        byte[] rest = bytes("\"}}]}\n\n" + CHAT_USAGE + CHAT_DONE);
        assertThat(new String(filter.see(rest), StandardCharsets.UTF_8)).isEqualTo("\"}}]}\n\n" + CHAT_DONE);
        assertThat(meter.seen().usage(1, "m").output()).isEqualTo(250);
    }

    @Test
    void a_report_without_an_end_is_taken_out_too() {
        assertThat(filtered(bytes(CHAT + CHAT_USAGE.strip()))).isEqualTo(CHAT);
    }

    private static String filtered(byte[]... pieces) {
        EventFilter filter = new EventFilter(new AnswerMeter(Flavour.OPENAI_CHAT, EVENTS, true));
        var out = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            out.writeBytes(filter.see(piece));
        }
        out.writeBytes(filter.end());
        return out.toString(StandardCharsets.UTF_8);
    }
}
