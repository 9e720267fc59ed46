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
 * Answers what the build contains: {@code s2.build.<function>.channel} and {@code …door}, the conditions that functions,
 * resources and tools carry, which channels are on, and whether there is a Hibernate. It is derived from the one key {@code s2.build.function}, which
 * the build sets ({@code ./mvnw package -Dfunction=budget}); Quarkus records the answers, so the running process knows them
 * too. Where the key is absent (tests, development) it answers nothing, and everything is in.
 */
public final class BuildConfigSource implements ConfigSourceFactory {

    /** What is built: a function's name, {@link #ALL}, or {@link #GATEWAY}. */
    static final String FUNCTION = "s2.build.function";

    /** All functions in one process. */
    static final String ALL = "all";

    /** Every function's doors, and no channel. */
    static final String GATEWAY = "gateway";

    /** The functions that have entities. Hibernate took a third of a start, so the others' builds do without. */
    public static final Set<String> WITH_ENTITIES = Set.of("consensus", "dissent", "escalation", "relation");

    private static final String HIBERNATE = "quarkus.hibernate-orm.enabled";
    private static final int ORDINAL = 50;

    /** Made by the service loader. */
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
     * @throws IllegalArgumentException if there is no such function, saying which there are
     */
    static Map<String, String> parts(String wanted, Set<String> functions, Set<String> withEntities) {
        if (!wanted.equals(ALL) && !wanted.equals(GATEWAY) && !functions.contains(wanted)) {
            throw new IllegalArgumentException("There is no function '" + wanted + "' to build. There are "
                    + String.join(", ", new TreeSet<>(functions)) + "; " + GATEWAY
                    + " (the REST doors of all of them); and " + ALL + ".");
        }
        Map<String, String> parts = new HashMap<>();
        // What the build is given is not recorded by itself.
        parts.put(FUNCTION, wanted);
        for (String function : functions) {
            boolean channel = wanted.equals(ALL) || wanted.equals(function);
            boolean door = channel || wanted.equals(GATEWAY);
            parts.put("s2.build." + function + ".channel", Boolean.toString(channel));
            parts.put("s2.build." + function + ".door", Boolean.toString(door));
            // Else the connector would subscribe, and read for nobody.
            parts.put("mp.messaging.incoming." + function + ".enabled", Boolean.toString(channel));
        }
        parts.put(HIBERNATE, Boolean.toString(!functions.contains(wanted) || withEntities.contains(wanted)));
        return parts;
    }
}
