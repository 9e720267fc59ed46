package io.infrafabric.launch;

import io.infrafabric.input.Allowed;
import io.infrafabric.input.Spelling;
import io.infrafabric.input.Unicode;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.WithDefault;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A setting, and what it may be.
 *
 * @param key its name in {@code application.properties}
 * @param kind what its text means
 * @param usual its value if nobody sets it; empty if it has none
 * @param words all that it may be, if it is a word
 * @param from the least value, if it is a number of any kind
 * @param to the greatest value
 * @param atMost the key of a setting that it may not exceed; empty: none
 * @param below the key of a setting that must be greater; empty: none
 */
record Setting(
        String key, Kind kind, String usual, List<String> words, String from, String to, String atMost, String below) {

    private static final int SHOWN = 80;

    /** What the text of a setting means. */
    enum Kind {
        /** One of some words. */
        WORD(""),
        /** A whole number. */
        WHOLE("a whole number from %s to %s"),
        /** A number with decimals. */
        NUMBER("a number from %s to %s"),
        /** A time. */
        TIME("a time from %s to %s, as in 500ms, 2s, 10m, 24h or 7d"),
        /** Pages of a browser. */
        ORIGINS("origins as in https://board.example or http://localhost:3000, separated by commas, or *"),
        /** A number of bytes. */
        SIZE("a size from %s to %s, as in 512K or 8M");

        private final String allowed;

        Kind(String allowed) {
            this.allowed = allowed;
        }

        /**
         * The number behind a text.
         *
         * @throws IllegalArgumentException if it has another form
         * @throws ArithmeticException likewise
         */
        BigDecimal read(String text) {
            return switch (this) {
                case WORD, ORIGINS -> throw new IllegalStateException("A word is no number.");
                case WHOLE -> BigDecimal.valueOf(Long.parseLong(text));
                case NUMBER -> new BigDecimal(text);
                case TIME -> seconds(DurationConverter.parseDuration(text));
                case SIZE ->
                    new BigDecimal(new MemorySizeConverter().convert(text).asBigInteger());
            };
        }

        private static BigDecimal seconds(Duration time) {
            return BigDecimal.valueOf(time.getSeconds()).add(BigDecimal.valueOf(time.getNano(), 9));
        }
    }

    private static final Map<Class<?>, Kind> KINDS = Map.of(
            int.class, Kind.WHOLE,
            long.class, Kind.WHOLE,
            double.class, Kind.NUMBER,
            BigDecimal.class, Kind.NUMBER,
            Duration.class, Kind.TIME,
            MemorySize.class, Kind.SIZE);

    static final List<String> YES_OR_NO = List.of("true", "false");

    /** A text that stands for a yes or no. Quarkus takes any other one for a no. */
    private static final List<String> OTHER_YES_OR_NO = List.of("1", "yes", "y", "on", "0", "no", "n", "off");

    private static final Pattern ORIGIN = Pattern.compile("[*]|(?:(?:^|,) *https?://[\\w.-]+(?::\\d{1,5})? *(?=,|$))+");

    Setting {
        words = List.copyOf(words);
    }

    /** A setting that is a number of any kind, and depends on no other one. */
    static Setting number(String key, Kind kind, String usual, String from, String to) {
        return new Setting(key, kind, usual, List.of(), from, to, "", "");
    }

    /** A setting that is one of some words. */
    static Setting word(String key, String usual, List<String> words) {
        return new Setting(key, Kind.WORD, usual, words, "", "", "", "");
    }

    /** A setting that names origins, and is usually absent. */
    static Setting origins(String key) {
        return new Setting(key, Kind.ORIGINS, "", List.of(), "", "", "", "");
    }

    /**
     * What stands in a mapping; absent for a text of any content.
     *
     * @throws IllegalStateException if it is a number of any kind without {@link Allowed}
     */
    static Optional<Setting> of(String key, Method method) {
        WithDefault given = method.getAnnotation(WithDefault.class);
        String usual = given == null ? "" : given.value();
        Type inner = method.getGenericReturnType() instanceof ParameterizedType optional
                ? optional.getActualTypeArguments()[0]
                : method.getReturnType();
        if (inner == boolean.class || inner == Boolean.class) {
            return Optional.of(word(key, usual, YES_OR_NO));
        }
        if (inner instanceof Class<?> type && type.isEnum()) {
            List<String> words = Arrays.stream(type.getEnumConstants())
                    .map(word -> plain(word.toString()))
                    .toList();
            return Optional.of(word(key, usual, words));
        }
        if (inner == String.class) {
            return Optional.empty();
        }
        Allowed range = method.getAnnotation(Allowed.class);
        if (range == null || !(inner instanceof Class<?> type) || !KINDS.containsKey(type)) {
            throw new IllegalStateException(key + " has no range: say @Allowed(from = …, to = …).");
        }
        return Optional.of(new Setting(
                key, KINDS.get(type), usual, List.of(), range.from(), range.to(), range.atMost(), range.below()));
    }

    /** What it may be, in words. */
    String allowed() {
        return kind == Kind.WORD ? String.join(" or ", words) : kind.allowed.formatted(from, to);
    }

    /** The same for a table, with what else bounds it. */
    String range() {
        String bound =
                atMost.isEmpty() ? below.isEmpty() ? "" : ", less than `" + below + "`" : ", at most `" + atMost + "`";
        return from.isEmpty() ? allowed() : from + " to " + to + bound;
    }

    /**
     * The sentence that refuses this text; absent if the setting may be that.
     *
     * @param name what the one who wrote it calls the setting
     */
    Optional<String> refuse(String name, String text) {
        if (text.isBlank()) {
            return Optional.of(name + " is empty, but must be " + allowed() + ".");
        }
        return isAllowed(text.strip())
                ? Optional.empty()
                : Optional.of(name + " is " + shown(text) + ", but must be " + allowed() + ".");
    }

    private boolean isAllowed(String text) {
        if (kind == Kind.WORD) {
            return words.contains(plain(text)) || (words.equals(YES_OR_NO) && OTHER_YES_OR_NO.contains(plain(text)));
        }
        if (kind == Kind.ORIGINS) {
            return ORIGIN.matcher(text).matches();
        }
        try {
            BigDecimal number = kind.read(text);
            return number.compareTo(kind.read(from)) >= 0 && number.compareTo(kind.read(to)) <= 0;
        } catch (IllegalArgumentException | ArithmeticException _) {
            return false;
        }
    }

    /** A text that came from outside, short and in one line. */
    static String shown(String text) {
        String line = Unicode.inOneLine(text);
        return line.length() <= SHOWN ? line : Spelling.cut(line, SHOWN) + "…";
    }

    private static String plain(String word) {
        return word.strip().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The environment variable of a key. */
    static String variable(String key) {
        char[] letters = key.toUpperCase(Locale.ROOT).toCharArray();
        for (int i = 0; i < letters.length; i++) {
            letters[i] = Character.isLetterOrDigit(letters[i]) ? letters[i] : '_';
        }
        return new String(letters);
    }
}
