package io.infrafabric.launch;

import io.infrafabric.budget.BudgetConfig;
import io.infrafabric.bulkhead.BulkheadConfig;
import io.infrafabric.bulkhead.payment.PaymentConfig;
import io.infrafabric.bus.BusConfig;
import io.infrafabric.bus.WatchConfig;
import io.infrafabric.chassis.ChassisConfig;
import io.infrafabric.chassis.credential.CredentialConfig;
import io.infrafabric.command.CommandConfig;
import io.infrafabric.consensus.ConsensusConfig;
import io.infrafabric.coordinator.CoordinatorConfig;
import io.infrafabric.coordinator.join.JoinConfig;
import io.infrafabric.deadlock.DeadlockConfig;
import io.infrafabric.dissent.DissentConfig;
import io.infrafabric.door.DoorConfig;
import io.infrafabric.escalation.EscalationConfig;
import io.infrafabric.gateway.GatewayConfig;
import io.infrafabric.gateway.hooks.HookConfig;
import io.infrafabric.gateway.incoming.IncomingConfig;
import io.infrafabric.gateway.listen.ListenConfig;
import io.infrafabric.gateway.otlp.OtlpConfig;
import io.infrafabric.gateway.outgoing.EventsConfig;
import io.infrafabric.gateway.source.SourceConfig;
import io.infrafabric.relation.RelationConfig;
import io.infrafabric.rescue.RescueConfig;
import io.infrafabric.sample.SampleConfig;
import io.infrafabric.stealing.StealingConfig;
import io.quarkus.runtime.ImageMode;
import io.smallrye.config.ConfigValue;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Refuses settings that are out of range or have a wrong form, before anything is started. It looks only at what
 * somebody has set: a test holds that the usual values are in range.
 *
 * <p>Bean Validation would look at all of them, after the embedded servers have started. It knows neither the name and
 * the value as somebody wrote them nor, for a wrong form, what is allowed.
 */
public final class Settings {

    /** Settings that no mapping has: the launcher's own, and those of Quarkus that matter for the fabric. */
    static final List<Setting> OTHERS = List.of(
            Setting.word("s2.sample", "auto", List.of("auto", "once", "off")),
            Setting.word("s2.log-json", "false", Setting.YES_OR_NO),
            Setting.origins("s2.door.cors-origins"),
            Setting.number("s2.embedded.restarts", Setting.Kind.WHOLE, "5", "0", "999"),
            Setting.number(Migration.CONNECTIONS, Setting.Kind.WHOLE, "0", "0", "1000000"),
            Setting.number("quarkus.http.port", Setting.Kind.WHOLE, "8080", "0", "65535"),
            Setting.number("quarkus.management.port", Setting.Kind.WHOLE, "9000", "0", "65535"),
            Setting.number("quarkus.http.idle-timeout", Setting.Kind.TIME, "75s", "55s", "24h"),
            Setting.number("quarkus.http.read-timeout", Setting.Kind.TIME, "30s", "1s", "1h"),
            Setting.number("quarkus.http.limits.max-body-size", Setting.Kind.SIZE, "9M", "2K", "2G"),
            Setting.number("quarkus.http.limits.max-header-size", Setting.Kind.SIZE, "16K", "1K", "1M"),
            Setting.number("quarkus.http.limits.max-concurrent-streams", Setting.Kind.WHOLE, "100", "1", "100000"),
            Setting.number("quarkus.shutdown.timeout", Setting.Kind.TIME, "10s", "0s", "1h"),
            Setting.number("quarkus.datasource.reactive.max-size", Setting.Kind.WHOLE, "20", "2", "10000"),
            Setting.number("quarkus.datasource.reactive.idle-timeout", Setting.Kind.TIME, "25s", "1s", "30s"),
            Setting.number("quarkus.redis.max-pool-size", Setting.Kind.WHOLE, "8", "2", "10000"),
            Setting.number("quarkus.redis.max-pool-waiting", Setting.Kind.WHOLE, "1000", "1", "1000000"),
            Setting.number("quarkus.redis.readers.max-pool-size", Setting.Kind.WHOLE, "32", "16", "10000"));

    /** The mappings by the second part of their keys. */
    private static final Map<String, List<Class<?>>> MAPPINGS = Map.ofEntries(
            Map.entry("budget", List.of(BudgetConfig.class)),
            Map.entry("bulkhead", List.of(BulkheadConfig.class, PaymentConfig.class)),
            Map.entry("bus", List.of(BusConfig.class)),
            Map.entry("consensus", List.of(ConsensusConfig.class)),
            Map.entry("coordinator", List.of(CoordinatorConfig.class, JoinConfig.class)),
            Map.entry("deadlock", List.of(DeadlockConfig.class)),
            Map.entry("dissent", List.of(DissentConfig.class)),
            Map.entry("door", List.of(DoorConfig.class, WatchConfig.class, CommandConfig.class)),
            Map.entry("escalation", List.of(EscalationConfig.class)),
            Map.entry(
                    "gateway",
                    List.of(
                            GatewayConfig.class,
                            HookConfig.class,
                            ListenConfig.class,
                            EventsConfig.class,
                            IncomingConfig.class,
                            OtlpConfig.class,
                            SourceConfig.class)),
            Map.entry("relation", List.of(RelationConfig.class)),
            Map.entry("chassis", List.of(ChassisConfig.class, CredentialConfig.class)),
            Map.entry("rescue", List.of(RescueConfig.class)),
            Map.entry("sample", List.of(SampleConfig.class)),
            Map.entry("stealing", List.of(StealingConfig.class)));

    /**
     * Settings that are texts. Files, tokens and addresses are checked where they are read; our own
     * {@code application.properties} sets these, which must not cost each start the reading of a mapping.
     */
    private static final Set<String> TEXTS = Set.of(
            "s2.door.operator-token",
            "s2.door.jwt-key-file",
            "s2.door.jwt-public-key-file",
            "s2.door.key-directory",
            "s2.escalation.embedded",
            "s2.bulkhead.embedded",
            "s2.bulkhead.own-directory",
            "s2.gateway.source-own-directory",
            "s2.bulkhead.key-directories");

    /** All settings, in a native binary, which reads mappings when it is compiled; otherwise empty. */
    private static final Map<String, Setting> COMPILED =
            ImageMode.current().isNativeImage() ? all(MAPPINGS.keySet()) : Map.of();

    /**
     * A text that somebody wrote for a setting.
     *
     * @param name what the setting is called there
     */
    private record Written(String name, String text) {}

    private static final Pattern CAPITAL = Pattern.compile("[A-Z]");

    private Settings() {}

    /**
     * Checks all settings, and says in a sentence each which of them are wrong.
     *
     * @param names of all that is set, in any form
     * @param value the value of a key, or null
     */
    static List<String> wrong(Iterator<String> names, Function<String, ConfigValue> value) {
        Set<String> set = new HashSet<>();
        names.forEachRemaining(name -> set.add(Setting.variable(name)));
        TEXTS.forEach(key -> set.remove(Setting.variable(key)));
        Map<String, Setting> all = COMPILED.isEmpty() ? all(rooms(set)) : COMPILED;
        Map<String, Written> written = new TreeMap<>();
        for (String key : all.keySet()) {
            ConfigValue one = set.contains(Setting.variable(key)) ? value.apply(key) : null;
            if (one != null && one.getValue() != null) {
                written.put(key, new Written(isVariable(one) ? Setting.variable(key) : key, one.getValue()));
            }
        }
        List<String> wrong = new ArrayList<>();
        written.forEach(
                (key, one) -> all.get(key).refuse(one.name(), one.text()).ifPresent(wrong::add));
        if (wrong.isEmpty()) {
            all.values().forEach(setting -> pair(setting, all, written).ifPresent(wrong::add));
        }
        return wrong;
    }

    /** The mappings of which something is set. */
    private static List<String> rooms(Set<String> variables) {
        return MAPPINGS.keySet().stream()
                .filter(room ->
                        variables.stream().anyMatch(name -> name.startsWith(Setting.variable("s2." + room + "."))))
                .toList();
    }

    /** What the settings may be, by key; without those that are texts of any content. */
    public static Map<String, String> ranges() {
        Map<String, String> ranges = new TreeMap<>();
        all(MAPPINGS.keySet()).forEach((key, setting) -> ranges.put(key, setting.range()));
        return ranges;
    }

    /** The usual values of the settings that no mapping has. */
    public static Map<String, String> others() {
        Map<String, String> others = new TreeMap<>();
        OTHERS.stream()
                .filter(setting -> setting.kind() != Setting.Kind.ORIGINS)
                .forEach(setting -> others.put(setting.key(), setting.usual()));
        return others;
    }

    /** Its value if nobody sets it. */
    static String usual(String key) {
        return all(MAPPINGS.keySet()).get(key).usual();
    }

    private static boolean isVariable(ConfigValue value) {
        String source = value.getConfigSourceName();
        return source != null && (source.contains("EnvConfigSource") || source.contains(".env"));
    }

    /** What is wrong with a setting and the one that bounds it, if somebody has set one of them. */
    private static Optional<String> pair(Setting setting, Map<String, Setting> all, Map<String, Written> written) {
        boolean equalToo = !setting.atMost().isEmpty();
        String other = equalToo ? setting.atMost() : setting.below();
        if (other.isEmpty() || (!written.containsKey(setting.key()) && !written.containsKey(other))) {
            return Optional.empty();
        }
        Setting bound = all.get(other);
        Written one = effective(setting, written);
        Written two = effective(bound, written);
        BigDecimal number = setting.kind().read(one.text().strip());
        int order = number.compareTo(bound.kind().read(two.text().strip()));
        return order < 0 || (order == 0 && equalToo)
                ? Optional.empty()
                : Optional.of(one.name() + " is " + Setting.shown(one.text()) + ", but must be "
                        + (equalToo ? "at most " : "less than ") + two.name() + ", which is "
                        + Setting.shown(two.text()) + ".");
    }

    private static Written effective(Setting setting, Map<String, Written> written) {
        return written.getOrDefault(setting.key(), new Written(setting.key(), setting.usual()));
    }

    private static Map<String, Setting> all(Collection<String> rooms) {
        Map<String, Setting> all = new TreeMap<>();
        OTHERS.forEach(setting -> all.put(setting.key(), setting));
        rooms.forEach(room -> MAPPINGS.get(room).forEach(mapping -> collect("s2." + room + ".", mapping, all)));
        return all;
    }

    private static void collect(String prefix, Class<?> mapping, Map<String, Setting> all) {
        for (Method method : mapping.getMethods()) {
            String key =
                    prefix + CAPITAL.matcher(method.getName()).replaceAll("-$0").toLowerCase(Locale.ROOT);
            if (mapping.equals(method.getReturnType().getEnclosingClass())
                    && method.getReturnType().isInterface()) {
                collect(key + ".", method.getReturnType(), all);
            } else if (!Modifier.isStatic(method.getModifiers())) {
                Setting.of(key, method).ifPresent(setting -> all.put(key, setting));
            }
        }
    }
}
