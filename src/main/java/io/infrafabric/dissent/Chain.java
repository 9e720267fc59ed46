package io.infrafabric.dissent;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.erdtman.jcs.JsonCanonicalizer;

/**
 * The chain of memos and addenda: each link holds the hash of the one before, so a changed, missing or inserted link
 * shows in every later one.
 *
 * <p>A link's hash is the SHA-256, in lower-case hexadecimal digits, of its canonical JSON (RFC 8785) in UTF-8. That
 * JSON holds {@code position}, {@code previous}, {@code kind}, {@code decision} and {@code swarm} in addition to the
 * link's content. In the first link, {@code previous} is 64 zeros. RFC 8785 writes numbers as ECMAScript does; ours
 * have at most four decimals, which most languages write the same way ({@code docs/memos.md}).
 */
final class Chain {
    private static final JsonMapper JSON = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.ALWAYS, JsonInclude.Include.ALWAYS))
            .build();

    private Chain() {}

    /** The kind of a link. */
    @Schema(name = "LinkKind")
    enum Kind {
        MEMO,
        /** A human decided what the votes did not decide. */
        HUMAN_RESOLUTION,
        /** A dissenter's falsifier was observed. */
        FALSIFIER_OBSERVED,
        /** A dissenter's falsifier was not reported in time. */
        FALSIFIER_LAPSED
    }

    /** The end of the chain: how many links there are, and the hash of the last one. */
    record Head(long position, String hash) {
        /** The head of an empty chain. */
        static final Head START = new Head(0, "0".repeat(64));

        private static final Pattern TEXT = Pattern.compile("(\\d{1,18})-([0-9a-f]{64})");

        /** The form in events and answers. */
        @Override
        public String toString() {
            return position + "-" + hash;
        }

        /** The head in this text, if it is one. */
        static Optional<Head> of(String text) {
            Matcher parts = TEXT.matcher(text);
            return parts.matches()
                    ? Optional.of(new Head(Long.parseLong(parts.group(1)), parts.group(2)))
                    : Optional.empty();
        }
    }

    /** A link; {@code body} is its canonical JSON. */
    record Link(
            long position,
            Kind kind,
            String decision,
            String swarm,
            String body,
            String previous,
            String hash,
            Instant at) {
        Head head() {
            return new Head(position, hash);
        }
    }

    /** What is wrong with a link. */
    @Schema(name = "ChainFault")
    enum Fault {
        /** There is no link at this position. */
        MISSING,
        /** Its content does not match its hash. */
        CHANGED,
        /** It does not continue the one before. */
        DOES_NOT_FOLLOW,
        /** It is stored under other values than its content has. */
        MISFILED,
        /** It is not the link that the given head names. */
        NOT_THE_HEAD
    }

    /** The first wrong link; {@code decision} is {@code null} if there is no link. */
    @Schema(name = "BrokenLink")
    record Broken(long position, String decision, Fault fault) {}

    /** The next link after {@code head} with {@code content} (a record that becomes a JSON object). */
    static Link append(Head head, Kind kind, String decision, String swarm, Object content, Instant at) {
        ObjectNode said = JSON.valueToTree(content);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.setAll(said);
        body.put("position", head.position() + 1)
                .put("previous", head.hash())
                .put("kind", kind.name())
                .put("decision", decision)
                .put("swarm", swarm);
        String canonical = canonical(body.toString());
        return new Link(head.position() + 1, kind, decision, swarm, canonical, head.hash(), hash(canonical), at);
    }

    /** The canonical form of a JSON object (RFC 8785). */
    static String canonical(String json) {
        try {
            return new JsonCanonicalizer(json).getEncodedString();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** The hash of a link's canonical JSON. */
    static String hash(String body) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java runtime has SHA-256.", e);
        }
    }

    /** Finds the first fault in these links, which should follow {@code head}; empty if there is none. */
    static Optional<Broken> check(Head head, List<Link> links) {
        Head before = head;
        for (Link link : links) {
            Fault fault = fault(before, link);
            if (fault != null) {
                return Optional.of(
                        fault == Fault.MISSING
                                ? new Broken(before.position() + 1, null, fault)
                                : new Broken(link.position(), link.decision(), fault));
            }
            before = link.head();
        }
        return Optional.empty();
    }

    private static Fault fault(Head before, Link link) {
        if (link.position() != before.position() + 1) {
            return Fault.MISSING;
        }
        if (!hash(link.body()).equals(link.hash())) {
            return Fault.CHANGED;
        }
        if (!link.previous().equals(before.hash())) {
            return Fault.DOES_NOT_FOLLOW;
        }
        return saysWhatItIs(link) ? null : Fault.MISFILED;
    }

    private static boolean saysWhatItIs(Link link) {
        Map<String, String> said = top(link.body());
        return Long.toString(link.position()).equals(said.get("position"))
                && link.previous().equals(said.get("previous"))
                && link.kind().name().equals(said.get("kind"))
                && link.decision().equals(said.get("decision"))
                && link.swarm().equals(said.get("swarm"));
    }

    /** The texts and numbers of an object itself, without nested ones. */
    private static Map<String, String> top(String body) {
        Map<String, String> members = new HashMap<>();
        try (JsonParser json = JSON.createParser(body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return members;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                if (json.nextToken().isStructStart()) {
                    json.skipChildren();
                } else {
                    members.put(name, json.getText());
                }
            }
            return members;
        } catch (JsonProcessingException notJson) {
            return Map.of();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** A link's JSON with its hash and further members of JSON text. */
    static String exported(Link link, String more) {
        return link.body().substring(0, link.body().length() - 1) + ",\"hash\":\"" + link.hash() + "\"" + more + "}";
    }
}
