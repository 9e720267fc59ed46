package io.infrafabric.relation;

import java.net.IDN;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Normalises addresses of evidence: one page is one source, however its address is written.
 *
 * <p>It applies what RFC 3986 calls syntax-based and scheme-based normalisation (6.2.2, 6.2.3): scheme and host in
 * small letters, percent-encoding only where it is needed and in capitals, no dot segments, no default port, {@code /}
 * for an empty path. In addition, hosts have their DNS form (punycode, no final dot, addresses in their usual form),
 * Unicode is composed (RFC 3987, 5.3.2.2), and fragment, user and empty query are dropped, because they name no other
 * page. The case of paths and queries makes a difference, and so does everything else in them.
 */
public final class EvidenceAddress {
    /** Parts by RFC 3986, appendix B. */
    private static final Pattern PARTS = Pattern.compile(
            "(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\\?([^#]*))?(?:#.*)?", Pattern.DOTALL);

    private static final Pattern HOST_AND_PORT =
            Pattern.compile("(?:.*@)?(\\[[^]]*]|[^:]*)(?::(\\d*))?", Pattern.DOTALL);
    private static final Pattern NUMBERS = Pattern.compile("(?i)(?:0x[0-9a-f]+|\\d+)(?:\\.(?:0x[0-9a-f]+|\\d+)){0,3}");
    private static final Pattern BROKEN = Pattern.compile("[\\t\\r\\n]+");
    private static final Pattern ZEROS = Pattern.compile("0+(?=\\d)");

    private static final Map<String, String> PORTS =
            Map.of("http", "80", "https", "443", "ws", "80", "wss", "443", "ftp", "21");

    /**
     * Characters that stand for themselves in a path and a query; of these, only unreserved ones mean the same when
     * encoded.
     */
    private static final String AS_IT_IS = "!$&'()*+,;=:@/?";

    private static final String UNRESERVED = "-._~";
    private static final int HEX = 16;
    private static final int BYTE = 0xff;
    private static final int ASCII = 0x80;

    private EvidenceAddress() {}

    /** The normal form. Text that is not an address stays as it is, except for the space around it. */
    static String plain(String address) {
        // As in browsers: tabs and line ends are not part of an address.
        String given = BROKEN.matcher(address.strip()).replaceAll("");
        Matcher parts = PARTS.matcher(given);
        if (!parts.matches()) {
            return given;
        }
        String scheme = parts.group(1) == null ? null : parts.group(1).toLowerCase(Locale.ROOT);
        String authority = parts.group(2);
        StringBuilder plain = new StringBuilder(given.length());
        if (scheme != null) {
            plain.append(scheme).append(':');
        }
        if (authority != null) {
            plain.append("//").append(authority(scheme, authority));
        }
        String path = encoded(parts.group(3));
        boolean hierarchical = authority != null || scheme == null || path.startsWith("/");
        path = hierarchical ? withoutDots(path) : path;
        plain.append(authority != null && path.isEmpty() ? "/" : path);
        if (parts.group(4) != null && !parts.group(4).isEmpty()) {
            plain.append('?').append(encoded(parts.group(4)));
        }
        return plain.toString();
    }

    private static String authority(String scheme, String authority) {
        Matcher parts = HOST_AND_PORT.matcher(authority);
        if (!parts.matches()) {
            return authority.toLowerCase(Locale.ROOT);
        }
        String port =
                parts.group(2) == null ? "" : ZEROS.matcher(parts.group(2)).replaceFirst("");
        boolean usual = port.isEmpty() || port.equals(PORTS.get(scheme));
        return host(parts.group(1)) + (usual ? "" : ":" + port);
    }

    private static String host(String given) {
        String host = Normalizer.normalize(decoded(given), Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        try {
            if (host.startsWith("[") && host.endsWith("]")) {
                InetAddress address = InetAddress.ofLiteral(host.substring(1, host.length() - 1));
                // An IPv6 address may stand for an IPv4 one.
                return address instanceof Inet4Address
                        ? address.getHostAddress()
                        : "[" + address.getHostAddress() + "]";
            }
            String name = IDN.toASCII(host, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
            String rooted = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
            return NUMBERS.matcher(rooted).matches()
                    ? Inet4Address.ofPosixLiteral(rooted).getHostAddress()
                    : rooted;
        } catch (IllegalArgumentException _) {
            // Neither a possible DNS name nor an address.
            return host;
        }
    }

    /** RFC 3986, 5.2.4, also for relative paths: steps above the start are kept. */
    private static String withoutDots(String path) {
        boolean absolute = path.startsWith("/");
        ArrayDeque<String> kept = new ArrayDeque<>();
        String last = "";
        for (String segment : path.substring(absolute ? 1 : 0).split("/", -1)) {
            last = segment;
            if (segment.equals("..")) {
                boolean climbs = kept.isEmpty() || kept.peekLast().equals("..");
                if (!climbs) {
                    kept.removeLast();
                } else if (!absolute) {
                    kept.addLast(segment);
                }
            } else if (!segment.equals(".")) {
                kept.addLast(segment);
            }
        }
        boolean folder = last.equals(".") || last.equals("..");
        boolean ends = folder && !kept.isEmpty() && !kept.peekLast().equals("..");
        return (absolute ? "/" : "") + String.join("/", kept) + (ends ? "/" : "");
    }

    /** Percent-encodes what must be encoded, and nothing else. */
    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder(text.length());
        byte[] bytes = composed(text).getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < bytes.length; at++) {
            int next = bytes[at] & BYTE;
            if (next == '%') {
                int escaped = Character.digit(bytes[at + 1], HEX) * HEX + Character.digit(bytes[at + 2], HEX);
                append(encoded, escaped, isUnreserved(escaped));
                at += 2;
            } else {
                append(encoded, next, isUnreserved(next) || AS_IT_IS.indexOf(next) >= 0);
            }
        }
        return encoded.toString();
    }

    private static void append(StringBuilder encoded, int octet, boolean asItIs) {
        if (asItIs) {
            encoded.append((char) octet);
        } else {
            encoded.append('%').append("%02X".formatted(octet));
        }
    }

    private static boolean isUnreserved(int octet) {
        boolean letter = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
        return letter || (octet >= '0' && octet <= '9') || (octet > 0 && UNRESERVED.indexOf(octet) >= 0);
    }

    /**
     * Shows characters beyond ASCII as themselves, composed; a percent sign that begins no escape becomes {@code %25}.
     */
    private static String composed(String text) {
        StringBuilder open = new StringBuilder(text.length());
        int at = 0;
        while (at < text.length()) {
            int end = at;
            while (octet(text, end) >= ASCII) {
                end += 3;
            }
            if (end > at) {
                open.append(characters(text.substring(at, end)));
                at = end;
            } else {
                char next = text.charAt(at++);
                open.append(next == '%' && octet(text, at - 1) < 0 ? "%25" : next);
            }
        }
        return Normalizer.normalize(open, Normalizer.Form.NFC);
    }

    /** Decodes these escapes as UTF-8, or keeps them if they are not. */
    private static String characters(String escapes) {
        ByteBuffer bytes = ByteBuffer.allocate(escapes.length() / 3);
        for (int at = 0; at < escapes.length(); at += 3) {
            bytes.put((byte) octet(escapes, at));
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException _) {
            return escapes;
        }
    }

    /** The octet that is escaped here; negative if none is. */
    private static int octet(String text, int at) {
        // Digits of other scripts do not count.
        if (at + 2 >= text.length()
                || text.charAt(at) != '%'
                || text.charAt(at + 1) >= ASCII
                || text.charAt(at + 2) >= ASCII) {
            return -1;
        }
        int high = Character.digit(text.charAt(at + 1), HEX);
        int low = Character.digit(text.charAt(at + 2), HEX);
        return high < 0 || low < 0 ? -1 : high * HEX + low;
    }

    private static String decoded(String host) {
        StringBuilder octets = new StringBuilder(host.length());
        for (int at = 0; at < host.length(); at++) {
            int octet = octet(host, at);
            if (octet >= 0 && octet < ASCII) {
                octets.append((char) octet);
                at += 2;
            } else {
                octets.append(host.charAt(at));
            }
        }
        return composed(octets.toString());
    }
}
