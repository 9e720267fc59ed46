package io.infrafabric.dissent;

import static io.infrafabric.dissent.Examples.AT;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.infrafabric.dissent.Chain.Broken;
import io.infrafabric.dissent.Chain.Fault;
import io.infrafabric.dissent.Chain.Head;
import io.infrafabric.dissent.Chain.Kind;
import io.infrafabric.dissent.Chain.Link;
import io.infrafabric.event.ConsensusEvent.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChainTest {
    private static List<Link> chain(int length) {
        List<Link> links = new ArrayList<>();
        Head head = Head.START;
        for (int i = 1; i <= length; i++) {
            Link link = Chain.append(head, Kind.MEMO, "d-" + i, "demo", Map.of("said", Examples.NASTY + i), AT);
            links.add(link);
            head = link.head();
        }
        return links;
    }

    private static Link with(Link link, String decision, String body, String previous, String hash) {
        return new Link(link.position(), link.kind(), decision, link.swarm(), body, previous, hash, link.at());
    }

    @Test
    void a_chain_is_intact_and_continues_from_any_link() {
        List<Link> links = chain(5);
        assertThat(Chain.check(Head.START, links)).isEmpty();
        assertThat(Chain.check(links.get(2).head(), links.subList(3, 5))).isEmpty();
    }

    /** RFC 8785, section 3.2.2 and 3.2.3: order by UTF-16 code units, shortest escapes, numbers as ECMAScript. */
    @Test
    void the_form_is_the_one_of_rfc_8785() {
        String example = """
                {"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                 "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
                 "literals": [null, true, false]}""";
        assertThat(Chain.canonical(example))
                .isEqualTo("{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                        + "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    }

    @Test
    void what_goes_in_comes_out_byte_for_byte() throws JsonProcessingException {
        Link link = chain(1).getFirst();
        JsonNode body = new ObjectMapper().readTree(link.body());
        assertThat(body.path("said").asText()).isEqualTo(Examples.NASTY + 1);
        JsonNode exported = new ObjectMapper().readTree(Chain.exported(link, ",\"addenda\":[]"));
        assertThat(exported.path("said").asText()).isEqualTo(Examples.NASTY + 1);
        assertThat(exported.path("hash").asText()).isEqualTo(link.hash());
    }

    @Test
    void a_changed_byte_is_named() {
        List<Link> links = chain(5);
        Link third = links.get(2);
        links.set(2, with(third, third.decision(), third.body().replace("end", "eNd"), third.previous(), third.hash()));
        assertThat(Chain.check(Head.START, links)).contains(new Broken(3, "d-3", Fault.CHANGED));
    }

    @Test
    void who_changes_the_hash_as_well_breaks_the_next_link() {
        List<Link> links = chain(5);
        Link third = links.get(2);
        String body = third.body().replace("end", "eNd");
        links.set(2, with(third, third.decision(), body, third.previous(), Chain.hash(body)));
        assertThat(Chain.check(Head.START, links)).contains(new Broken(4, "d-4", Fault.DOES_NOT_FOLLOW));
    }

    @Test
    void a_link_that_is_gone_and_one_that_is_put_elsewhere_are_named() {
        List<Link> links = chain(5);
        Link second = links.remove(1);
        assertThat(Chain.check(Head.START, links)).contains(new Broken(2, null, Fault.MISSING));
        links.add(1, with(second, "d-9", second.body(), second.previous(), second.hash()));
        assertThat(Chain.check(Head.START, links)).contains(new Broken(2, "d-9", Fault.MISFILED));
    }

    @Test
    void a_head_is_written_and_read() {
        Head head = chain(2).getLast().head();
        assertThat(Head.of(head.toString())).contains(head);
        for (String wrong : List.of("", "2", "2-", "-1-" + head.hash(), "x-" + head.hash(), head + "0")) {
            assertThat(Head.of(wrong)).isEmpty();
        }
    }

    /** So that programs that know no RFC 8785 write them alike. */
    @Test
    void the_numbers_of_a_memo_have_at_most_four_decimals() {
        Memo memo = Memo.of(
                Examples.minutes(
                        Outcome.APPROVED,
                        List.of(),
                        List.of(
                                Examples.said("a", "approve", "0.0001", "y"),
                                Examples.said("b", "reject", "0.9999", "n"),
                                Examples.said("c", "reject", "1.0000", "n"))),
                AT);
        String body = Chain.append(Head.START, Kind.MEMO, "d", "demo", memo, AT).body();
        assertThat(body)
                .contains(
                        "\"confidence\":0.0001",
                        "\"confidence\":0.9999",
                        "\"confidence\":1,",
                        "\"approvalRate\":0.3333")
                .doesNotContainPattern("\":\\d+\\.\\d{5}")
                .doesNotContainPattern("\":[\\d.]+[eE]");
    }
}
