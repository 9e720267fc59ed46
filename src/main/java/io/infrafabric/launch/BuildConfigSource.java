package io.infrafabric.launch;

import io.infrafabric.event.Catalogue;
import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Tells what the build contains: {@code s2.build.<function>.channel} and {@code …door} (the conditions on functions,
 * resources and tools), which channels are on, and whether Hibernate is in. All of it follows from the key
 * {@code s2.build.function}, which the build sets ({@code ./mvnw package -Dfunction=budget}). Quarkus records the
 * answers, so the running process knows them too. If the key is absent (tests, development), it answers nothing, and
 * everything is in.
 */
public final class BuildConfigSource implements ConfigSourceFactory {

    /** What is built: a function's name, {@link #ALL}, or {@link #GATEWAY}. */
    static final String FUNCTION = "s2.build.function";

    /** All functions in one process. */
    static final String ALL = "all";

    /** Every function's doors and its own, and no channel. */
    static final String GATEWAY = "gateway";

    /** The functions with entities. Hibernate took a third of the start, so builds of other functions leave it out. */
    public static final Set<String> WITH_ENTITIES = Set.of("consensus", "dissent", "escalation", "relation");

    private static final String HIBERNATE = "quarkus.hibernate-orm.enabled";
    private static final int ORDINAL = 50;

    /** The service loader makes it. */
    public BuildConfigSource() {}

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        ConfigValue wanted = context.getValue(FUNCTION);
        return wanted == null || wanted.getValue() == null
                ? List.of()
                : List.of(new PropertiesConfigSource(
                        parts(wanted.getValue(), Catalogue.FUNCTIONS, WITH_ENTITIES),
                        "S2 parts of the build",
                        ORDINAL));
    }

    /**
     * The rule: which parts of which functions are in.
     *
     * @throws IllegalArgumentException with the known functions, if this one does not exist
     */
    static Map<String, String> parts(String wanted, Set<String> functions, Set<String> withEntities) {
        if (!wanted.equals(ALL) && !wanted.equals(GATEWAY) && !functions.contains(wanted)) {
            throw new IllegalArgumentException("There is no function '" + wanted + "' to build. There are "
                    + String.join(", ", new TreeSet<>(functions)) + "; " + GATEWAY
                    + " (the REST doors of all of them); and " + ALL + ".");
        }
        Map<String, String> parts = new HashMap<>();
        // Quarkus does not record what the build is given.
        parts.put(FUNCTION, wanted);
        for (String function : functions) {
            boolean channel = wanted.equals(ALL) || wanted.equals(function);
            boolean door = channel || wanted.equals(GATEWAY);
            parts.put("s2.build." + function + ".channel", Boolean.toString(channel));
            parts.put("s2.build." + function + ".door", Boolean.toString(door));
            // Otherwise the connector would subscribe, and read for nobody.
            parts.put("mp.messaging.incoming." + function + ".enabled", Boolean.toString(channel));
        }
        // It has doors of its own, and no channel.
        parts.put("s2.build." + GATEWAY + ".door", Boolean.toString(wanted.equals(ALL) || wanted.equals(GATEWAY)));
        parts.put(HIBERNATE, Boolean.toString(!functions.contains(wanted) || withEntities.contains(wanted)));
        return parts;
    }
}
