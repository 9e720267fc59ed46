package io.infrafabric.bulkhead.usage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.bulkhead.usage.RequestScan.Edit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from requests before they are sent. */
class RequestScanTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void the_estimate_is_a_third_of_the_bytes_and_the_most_output() {
        String body =
                "{\"model\":\"claude-sonnet-4-5\",\"max_tokens\":1024,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\""
                        + "word ".repeat(600) + "\"}]}";
        RequestScan scan = scan(body);
        assertThat(scan.model("/v1/messages")).isEqualTo("claude-sonnet-4-5");
        assertThat(scan.inputTokens()).isEqualTo((body.length() + 2) / 3);
        assertThat(scan.maxOutputTokens()).isEqualTo(1024);
        assertThat(scan.streams(Flavour.ANTHROPIC, "/v1/messages")).isTrue();
        assertThat(scan.caches()).isFalse();
    }

    @Test
    void a_picture_counts_as_one_and_not_by_its_bytes() {
        String picture = "iVBORw0KGgo" + "A".repeat(900_000);
        String body = "{\"messages\":[{\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":\""
                + picture + "\"}},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.org/a.png\"}}]}]}";
        assertThat(scan(body).inputTokens())
                .isEqualTo((body.length() - picture.length() + 2) / 3 + 2 * RequestScan.IMAGE);
        assertThat(scan("{\"input\":[{\"type\":\"input_file\",\"file_id\":\"f-1\"}],\"previous_response_id\":\"r\"}")
                        .inputTokens())
                .isGreaterThan(2 * RequestScan.REFERENCE);
        String pdf = "{\"source\":{\"data\":\"JVBERi0" + "B".repeat(3_000) + "\"}}";
        assertThat(scan(pdf).inputTokens()).isEqualTo((pdf.length() + 2) / 3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"max_tokens\":7} | 7",
                "{\"max_completion_tokens\":9,\"n\":3} | 27",
                "{\"max_output_tokens\":11} | 11",
                "{\"generationConfig\":{\"maxOutputTokens\":13,\"candidateCount\":2}} | 26",
                "{\"inferenceConfig\":{\"maxTokens\":17}} | 17",
                "{\"options\":{\"num_predict\":19}} | 19",
                "{\"options\":{\"num_predict\":-1}} | -1",
                "{\"max_tokens\":-5,\"n\":-3} | -1",
                "{\"max_tokens\":1e400,\"n\":1e400} | -1",
                "{\"max_tokens\":null} | -1",
                "{\"max_tokens\":\"12\"} | -1",
                "{\"messages\":[{\"max_tokens\":5}]} | -1",
                "[1,2,{\"max_tokens\":5}] | -1",
                "{{{{ | -1"
            })
    void the_most_output_stands_where_each_api_has_it(String body, long most) {
        assertThat(scan(body).maxOutputTokens()).isEqualTo(most);
        assertThat(scan(body).inputTokens()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "/v1beta/models/gemini-2.5-pro:streamGenerateContent, gemini-2.5-pro",
        "/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-flash:generateContent, gemini-2.5-flash",
        "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream, us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "/model/anthropic.claude-haiku-4-5-v1:0/invoke, anthropic.claude-haiku-4-5-v1:0",
        "/openai/deployments/gpt-4o/chat/completions, gpt-4o",
        "/v1/chat/completions,"
    })
    void the_model_may_stand_in_the_path(String path, String model) {
        assertThat(scan("{}").model(path)).isEqualTo(model);
        assertThat(scan("{\"model\":\"m\"}").model(path)).isEqualTo("m");
    }

    @Test
    void what_a_cache_may_cost_is_seen() {
        RequestScan minutes = scan("{\"system\":[{\"text\":\"x\",\"cache_control\":{\"type\":\"ephemeral\"}}]}");
        assertThat(minutes.caches()).isTrue();
        assertThat(minutes.cachesAnHour()).isFalse();
        assertThat(scan("{\"tools\":[{\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"}}]}")
                        .cachesAnHour())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"m\",\"stream\":true}",
                " {\"stream\": true , \"messages\":[]}",
                "{\"stream\":true,\"stream_options\":{}}",
                "{\"stream\":true,\"stream_options\":{ \"include_obfuscation\":false}}",
                "{\"stream_options\":{\"include_usage\":false,\"a\":\"b\"},\"stream\":true}",
                "{\"stream\":true,\"stream_options\":null}",
                "{\"a\":{\"stream_options\":{\"include_usage\":true}},\"stream\":true}"
            })
    void usage_is_asked_for_where_the_client_did_not(String body) throws IOException {
        Edit edit = scan(body).askForUsage();
        String edited = body.substring(0, (int) edit.from()) + edit.text() + body.substring((int) edit.to());
        JsonNode read = JSON.readTree(edited);
        assertThat(read.path("stream_options").path("include_usage").asBoolean())
                .isTrue();
        assertThat(read.path("stream").asBoolean()).isTrue();
        assertThat(read.size()).isGreaterThanOrEqualTo(JSON.readTree(body).size());
        assertThat(scan(edited).askForUsage()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
                "{\"stream\":false}",
                "{\"messages\":[]}",
                "{\"stream\":true,\"stream\":true}",
                "{\"stream\":true,\"stream_options\":{},\"stream_options\":{}}",
                "{\"stream\":true,\"stream_options\":7}",
                "{\"stream\":true,\"stream_options\":\"x\"}",
                "[{\"stream\":true}]",
                ""
            })
    void it_is_not_asked_for_where_that_is_needless_or_unclear(String body) {
        assertThat(scan(body).askForUsage()).isNull();
    }

    @Test
    void pieces_make_no_difference_and_memory_has_a_bound() {
        byte[] body = ("{\"stream\":true,\"max_tokens\":5,\"model\":\"m\\u002d1\",\"x\":\"" + "é".repeat(100) + "\"}")
                .getBytes(StandardCharsets.UTF_8);
        for (int cut = 0; cut < body.length; cut++) {
            RequestScan scan = new RequestScan();
            scan.see(body, 0, cut);
            scan.see(body, cut, body.length);
            scan.end();
            assertThat(scan.model("")).isEqualTo("m-1");
            assertThat(scan.maxOutputTokens()).isEqualTo(5);
            assertThat(scan.askForUsage()).isEqualTo(new Edit(1, 1, "\"stream_options\":{\"include_usage\":true},"));
        }
        RequestScan deep = scan("{\"a\":[".repeat(500_000));
        assertThat(deep.inputTokens()).isEqualTo(1_000_000);
    }

    private static RequestScan scan(String body) {
        RequestScan scan = new RequestScan();
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        scan.see(bytes, 0, bytes.length);
        scan.end();
        return scan;
    }
}
