package io.infrafabric.bulkhead.provider;

import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What may be said of a provider. Absent ({@code null}) values pass. */
public final class ProviderChecks {
    private static final BigDecimal LEAST = new BigDecimal("0.01");
    private static final BigDecimal DAY = BigDecimal.valueOf(86_400);
    private static final int MOST = 10_000;
    private static final int MOST_PATHS = 100;
    private static final int LONGEST_PATH = 1_000;
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
    private static final Pattern PATH = Pattern.compile("/[\\x21\\x23-\\x24\\x26-\\x3e\\x40-\\x5b\\x5d-\\x7e]*");
    private static final BigDecimal THOUSAND = BigDecimal.valueOf(1_000);

    /** Headers that say something else than who calls. */
    private static final Set<String> NOT_FOR_KEYS = Set.of(
            "host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "content-type");

    private final ProviderAddress address;

    public ProviderChecks(BulkheadConfig config) {
        this.address = new ProviderAddress(config);
    }

    /** An address that calls may go to. */
    public String address(String url) {
        return address.check(url);
    }

    /** A number of calls. */
    public static Integer count(String field, Integer value, int least) {
        return value == null ? null : (int) Check.between(field, value, least, MOST);
    }

    /** A time that is not nothing, at most a day. */
    public static Duration time(String field, BigDecimal seconds) {
        return seconds(field, seconds, LEAST);
    }

    /** A time of at most a day. */
    public static Duration seconds(String field, BigDecimal seconds, BigDecimal least) {
        if (seconds == null) {
            return null;
        }
        if (seconds.compareTo(least) < 0 || seconds.compareTo(DAY) > 0) {
            throw Problem.badInput(field, "seconds, from " + least + " to " + DAY);
        }
        return Duration.ofMillis(seconds.multiply(THOUSAND).longValue());
    }

    /** A part of calls. */
    public static Double rate(String field, Double value) {
        if (value != null && !(value > 0 && value <= 1)) {
            throw Problem.badInput(field, "more than 0, at most 1");
        }
        return value;
    }

    /** The name of a header that may take a key, in lower case. */
    public static String header(String field, String name) {
        if (name == null) {
            return null;
        }
        String lower = name.toLowerCase(Locale.ROOT);
        if (!TOKEN.matcher(name).matches() || NOT_FOR_KEYS.contains(lower) || lower.startsWith("s2-")) {
            throw Problem.badInput(field, "the name of a header for a key");
        }
        return lower;
    }

    /** A word before the key; empty for none. */
    public static String scheme(String field, String scheme) {
        if (scheme != null && !scheme.isEmpty() && !TOKEN.matcher(scheme).matches()) {
            throw Problem.badInput(field, "one word, or nothing");
        }
        return scheme;
    }

    /** What paths may begin with. */
    public static List<String> paths(List<String> paths) {
        if (paths == null) {
            return null;
        }
        Check.atMost("paths", paths, MOST_PATHS);
        if (paths.isEmpty()) {
            throw Problem.badInput("paths", "at least one");
        }
        for (int i = 0; i < paths.size(); i++) {
            String path = Check.givenText("paths[" + i + "]", paths.get(i), LONGEST_PATH);
            if (!PATH.matcher(path).matches() || path.contains("//") || path.contains("/.")) {
                throw Problem.badInput(
                        "paths[" + i + "]",
                        "a path from /, decoded, in visible ASCII characters without % ? \\ // and /.");
            }
        }
        return List.copyOf(paths);
    }
}
