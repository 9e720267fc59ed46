package io.infrafabric.input;

import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Addresses that are not public hosts on the internet: this machine, the networks around it, and addresses reserved for
 * other purposes. Based on the IANA registries of October 2025:
 *
 * <ul>
 *   <li>{@code https://www.iana.org/assignments/iana-ipv4-special-registry} and {@code …/iana-ipv6-special-registry} (RFC
 *       6890): blocks that are not globally reachable, and those around them; small anycast blocks within 192.0.0.0/24 and
 *       2001::/23 that are reachable are no receivers of webhooks.
 *   <li>{@code …/multicast-addresses}, {@code …/ipv6-multicast-addresses}.
 *   <li>{@code …/ipv6-address-space}: global unicast addresses are 2000::/3, and nothing else is let through. So forms that
 *       stand for an IPv4 address (compatible, mapped, translated, local-use NAT64) are out without being named. Only 64:ff9b::/96,
 *       by which networks without IPv4 reach the rest (RFC 6052), counts as the address that it stands for.
 * </ul>
 *
 * And 168.63.129.16, which is the host of the machine in one large cloud. The chart's network policy says the same.
 */
public final class Reserved {
    public static final List<String> IPV4 = List.of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4");

    /** Where global unicast addresses are. */
    public static final String IPV6_UNICAST = "2000::/3";

    /** Reserved blocks within these: Teredo, benchmarks, ORCHID and similar; documentation; 6to4; documentation. */
    public static final List<String> IPV6 = List.of("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    /** Stands for the IPv4 address in its last 32 bits (RFC 6052). */
    public static final String NAT64 = "64:ff9b::/96";

    private static final List<Block> FOUR = IPV4.stream().map(Block::of).toList();
    private static final List<Block> SIX = IPV6.stream().map(Block::of).toList();
    private static final Block UNICAST = Block.of(IPV6_UNICAST);
    private static final Block TRANSLATED = Block.of(NAT64);

    /** Interface identifiers of ISATAP (RFC 5214, 6.1): an IPv4 address behind 00-00-5E-FE, or 02-00-5E-FE. */
    private static final long ISATAP = 0x00005efeL;

    private static final long UNIVERSAL = 0x02000000L;

    private static final int FOUR_BYTES = 4;
    private static final int LAST_FOUR = 12;
    private static final int INTERFACE = 8;

    private Reserved() {}

    /** The addresses that begin with these bits; {@code rest} more bits are free. */
    private record Block(BigInteger first, int rest) {
        static Block of(String cidr) {
            String[] parts = cidr.split("/", 2);
            byte[] prefix = InetAddress.ofLiteral(parts[0]).getAddress();
            int rest = prefix.length * Byte.SIZE - Integer.parseInt(parts[1]);
            return new Block(new BigInteger(1, prefix).shiftRight(rest), rest);
        }

        boolean holds(byte[] address) {
            return new BigInteger(1, address).shiftRight(rest).equals(first);
        }
    }

    /** Whether the address is one of them. */
    public static boolean holds(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == FOUR_BYTES ? isReserved(bytes) : isReservedSix(bytes);
    }

    private static boolean isReserved(byte[] four) {
        return FOUR.stream().anyMatch(block -> block.holds(four));
    }

    private static boolean isReservedSix(byte[] six) {
        if (TRANSLATED.holds(six)) {
            return isReserved(lastFour(six));
        }
        boolean behindIsatap = (number(six, INTERFACE) & ~UNIVERSAL) == ISATAP && isReserved(lastFour(six));
        return !UNICAST.holds(six) || behindIsatap || SIX.stream().anyMatch(block -> block.holds(six));
    }

    private static byte[] lastFour(byte[] six) {
        return Arrays.copyOfRange(six, LAST_FOUR, six.length);
    }

    private static long number(byte[] bytes, int from) {
        return ByteBuffer.wrap(bytes, from, FOUR_BYTES).getInt() & 0xffffffffL;
    }
}
