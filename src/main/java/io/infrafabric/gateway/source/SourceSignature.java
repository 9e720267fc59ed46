package io.infrafabric.gateway.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.gateway.source.SourceProof.Challenge;
import io.infrafabric.gateway.source.SourceProof.Genuine;
import io.infrafabric.gateway.source.SourceProof.Refused;
import io.infrafabric.gateway.source.SourceProof.Why;
import io.infrafabric.input.Unicode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Whether a delivery was signed by its source, on the bytes as they came, and what makes it one delivery. Nothing of a body is read
 * before its signature is found to be right.
 *
 * <p>What a delivery is known by is taken from what is signed, because everything else can be changed by somebody who has seen it. A
 * delivery that is known is not taken again, so its timestamp may be as old as a provider's own late retry; it may not be older than
 * what is remembered.
 */
public final class SourceSignature {
    private static final int MOST_SIGNATURES = 20;
    private static final int LONGEST_ID = 256;
    private static final int LONGEST_NUMBER = 15;

    /**
     * How far a timestamp may be from now.
     *
     * @param past before
     * @param ahead after: only clocks differ
     */
    public record Window(Duration past, Duration ahead) {
        private boolean holds(Instant at, Instant now) {
            return !at.isBefore(now.minus(past)) && !at.isAfter(now.plus(ahead));
        }
    }

    /**
     * What a header says.
     *
     * @param before what is signed before the body
     */
    private record Signed(String id, Long at, String before, List<byte[]> hmacs, List<byte[]> ed25519) {}

    private SourceSignature() {}

    /** Decides on one delivery, at this time. */
    public static SourceProof prove(
            SourceKind kind, RawDelivery delivery, SourceKeys keys, Window window, Instant now) {
        Signed signed = switch (kind) {
            case STANDARD, CLOUDEVENTS -> standard(delivery);
            case GITHUB -> github(delivery);
            case SLACK -> slack(delivery);
            case STRIPE -> stripe(delivery);
        };
        if (signed == null) {
            return new Refused(Why.SIGNATURE, missing(kind, delivery));
        }
        boolean made = keys.made(signed.before(), delivery.body(), signed.hmacs());
        boolean verified = keys.verifies(signed.before(), delivery.body(), signed.ed25519());
        if (!made && !verified) {
            return new Refused(Why.SIGNATURE, "None of the source's secrets made this signature of these bytes.");
        }
        if (kind.isTimed() && !window.holds(Instant.ofEpochSecond(signed.at()), now)) {
            return new Refused(
                    Why.TIMESTAMP,
                    "Its timestamp is " + Instant.ofEpochSecond(signed.at()) + ", and it is " + now
                            + " here: more than " + window.past() + " old, or more than " + window.ahead() + " ahead.");
        }
        return read(kind, delivery, signed);
    }

    private static SourceProof read(SourceKind kind, RawDelivery delivery, Signed signed) {
        DeliveryBody.Read read = DeliveryBody.read(delivery.header("content-type"), delivery.body());
        if (read.why() != null) {
            return new Refused(Why.BODY, read.why());
        }
        JsonNode body = read.json();
        return switch (kind) {
            case STANDARD -> new Genuine("id:" + signed.id(), null, event(body, "/type"), body);
            case GITHUB ->
                new Genuine(
                        sha256("", delivery.body()),
                        visible(delivery.header("x-github-delivery")),
                        visible(delivery.header("x-github-event")),
                        body);
            case SLACK -> slack(delivery, signed, body);
            case STRIPE -> known("/id", text(body, "/id"), body, event(body, "/type"));
            case CLOUDEVENTS -> {
                String source = text(body, "/source");
                String id = text(body, "/id");
                yield known(
                        source == null ? "/source" : "/id",
                        source == null || id == null ? null : source + " " + id,
                        body,
                        event(body, "/type"));
            }
        };
    }

    private static SourceProof known(String where, String id, JsonNode body, String event) {
        if (id == null) {
            return new Refused(
                    Why.BODY, "The body has no " + where.substring(1) + ", by which it would be known again.");
        }
        boolean asItIs = id.length() <= LONGEST_ID && Unicode.canBeKept(id);
        return new Genuine("id:" + (asItIs ? id : sha256(id, new byte[0])), null, event, body);
    }

    private static SourceProof slack(RawDelivery delivery, Signed signed, JsonNode body) {
        if ("url_verification".equals(text(body, "/type"))) {
            String challenge = text(body, "/challenge");
            return challenge == null ? new Refused(Why.BODY, "It has no challenge.") : new Challenge(challenge);
        }
        String inner = event(body, "/event/type");
        String event = inner == null ? event(body, "/type") : inner;
        String id = text(body, "/event_id");
        return id == null
                ? new Genuine(sha256(signed.before(), delivery.body()), null, event, body)
                : known("/event_id", id, body, event);
    }

    /** Also under the names that Svix gave the headers before they were a standard. */
    private static Signed standard(RawDelivery delivery) {
        String id = either(delivery, "webhook-id", "svix-id");
        String at = either(delivery, "webhook-timestamp", "svix-timestamp");
        String signatures = either(delivery, "webhook-signature", "svix-signature");
        Long seconds = seconds(at);
        if (visible(id) == null || seconds == null || signatures == null) {
            return null;
        }
        List<byte[]> hmacs = new ArrayList<>();
        List<byte[]> ed25519 = new ArrayList<>();
        for (String one : parts(signatures, " ")) {
            if (one.startsWith("v1,")) {
                base64(one.substring(3), hmacs);
            } else if (one.startsWith("v1a,")) {
                base64(one.substring(4), ed25519);
            }
        }
        return new Signed(id, seconds, id + "." + at + ".", hmacs, ed25519);
    }

    /** SHA-1, which GitHub still sends too, proves nothing any more. */
    private static Signed github(RawDelivery delivery) {
        String given = delivery.header("x-hub-signature-256");
        if (given == null || !given.startsWith("sha256=")) {
            return null;
        }
        List<byte[]> hmacs = new ArrayList<>();
        hex(given.substring("sha256=".length()), hmacs);
        return new Signed(null, null, "", hmacs, List.of());
    }

    private static Signed slack(RawDelivery delivery) {
        String at = delivery.header("x-slack-request-timestamp");
        String given = delivery.header("x-slack-signature");
        Long seconds = seconds(at);
        if (seconds == null || given == null || !given.startsWith("v0=")) {
            return null;
        }
        List<byte[]> hmacs = new ArrayList<>();
        hex(given.substring(3), hmacs);
        return new Signed(null, seconds, "v0:" + at + ":", hmacs, List.of());
    }

    private static Signed stripe(RawDelivery delivery) {
        String given = delivery.header("stripe-signature");
        if (given == null) {
            return null;
        }
        String at = null;
        List<byte[]> hmacs = new ArrayList<>();
        for (String part : parts(given, ",")) {
            String one = part.strip();
            if (one.startsWith("t=") && at == null) {
                at = one.substring(2);
            } else if (one.startsWith("v1=")) {
                hex(one.substring(3), hmacs);
            }
        }
        Long seconds = seconds(at);
        return seconds == null ? null : new Signed(null, seconds, at + ".", hmacs, List.of());
    }

    private static String missing(SourceKind kind, RawDelivery delivery) {
        return switch (kind) {
            case STANDARD, CLOUDEVENTS -> "It needs the headers webhook-id, webhook-timestamp and webhook-signature.";
            case GITHUB ->
                delivery.header("x-hub-signature") == null
                        ? "It needs the header X-Hub-Signature-256: give GitHub's webhook a secret."
                        : "It has X-Hub-Signature (SHA-1) only; it needs X-Hub-Signature-256.";
            case SLACK -> "It needs the headers X-Slack-Request-Timestamp and X-Slack-Signature (v0=…).";
            case STRIPE -> "It needs the header Stripe-Signature (t=…,v1=…).";
        };
    }

    private static String either(RawDelivery delivery, String name, String other) {
        String value = delivery.header(name);
        return value == null ? delivery.header(other) : value;
    }

    /** More than these are not looked at: each costs a comparison for each secret. */
    private static List<String> parts(String text, String separator) {
        String[] all = text.split(separator, MOST_SIGNATURES + 1);
        return List.of(all).subList(0, Math.min(all.length, MOST_SIGNATURES));
    }

    private static Long seconds(String text) {
        boolean number = text != null
                && !text.isEmpty()
                && text.length() <= LONGEST_NUMBER
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return number ? Long.valueOf(text) : null;
    }

    private static void hex(String text, List<byte[]> into) {
        try {
            into.add(HexFormat.of().parseHex(text.toLowerCase(Locale.ROOT)));
        } catch (IllegalArgumentException _) {
            // Not a signature; others may stand beside it.
        }
    }

    private static void base64(String text, List<byte[]> into) {
        try {
            into.add(Base64.getDecoder().decode(text));
        } catch (IllegalArgumentException _) {
            // Not a signature; others may stand beside it.
        }
    }

    /** A name from a header, if it can be kept. */
    private static String visible(String text) {
        return io.infrafabric.input.Check.isVisible(text, LONGEST_ID) ? text : null;
    }

    private static String text(JsonNode body, String pointer) {
        JsonNode found = body.at(pointer);
        return found.isTextual() && !found.textValue().isEmpty() ? found.textValue() : null;
    }

    /** An event's name in a body, as it can be kept. */
    private static String event(JsonNode body, String pointer) {
        String name = text(body, pointer);
        return name == null ? null : ExternalText.kept(name, LONGEST_ID);
    }

    private static String sha256(String before, byte[] body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(before.getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(digest.digest(body));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
