package io.infrafabric.bus;

import io.infrafabric.event.Catalogue;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What each function of this release hears, without a container that would collect it. */
public final class FunctionTables {
    private FunctionTables() {}

    /** All of them. */
    static List<Hears> all() {
        return Catalogue.FUNCTIONS.stream().map(FunctionTables::of).toList();
    }

    /** The names of the types that a function hears. */
    public static Set<String> typesOf(String function) {
        return of(function).types();
    }

    /** A function's table. */
    public static Hears of(String function) {
        String name = function.substring(0, 1).toUpperCase(Locale.ROOT) + function.substring(1) + "Function";
        try {
            Field table =
                    Class.forName("io.infrafabric." + function + "." + name).getDeclaredField("HEARS");
            table.setAccessible(true);
            return (Hears) table.get(null);
        } catch (ReflectiveOperationException none) {
            throw new LinkageError(name + " says nowhere what it hears", none);
        }
    }
}
