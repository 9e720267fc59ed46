package io.infrafabric.planted.alpha;

import io.infrafabric.planted.door.Lock;
import io.infrafabric.planted.launch.Starter;
import io.infrafabric.planted.sample.Play;
import io.vertx.core.json.JsonObject;

/** Claims to be a plain rule, and is none; and it imports what nobody may. */
public final class AlphaRule {
    private AlphaRule() {}

    /** Uses all of it. */
    public static JsonObject decide() {
        return new JsonObject()
                .put(Starter.NAME.toString(), Play.NAME.toString())
                .put("lock", Lock.class.getName());
    }
}
