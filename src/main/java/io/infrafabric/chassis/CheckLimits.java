package io.infrafabric.chassis;

import io.infrafabric.input.Check;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a run may use, as somebody asked for it. What is {@code null} is the chassis' default.
 *
 * @param millis wall clock, in milliseconds: it protects, and decides nothing
 * @param fuel instructions
 * @param memoryMb memory of the module, in MiB
 * @param outputBytes stdout and stderr together
 */
public record CheckLimits(
        @Schema(examples = "20000") Long millis,
        @Schema(examples = "500000000") Long fuel,
        @Schema(examples = "32") Integer memoryMb,
        @Schema(examples = "65536") Integer outputBytes) {

    /** Nothing but defaults. */
    public static final CheckLimits NONE = new CheckLimits(null, null, null, null);

    /**
     * The same if each is in range, else the refusal that names the field.
     *
     * @param prefix what stands before the names of the fields, such as {@code limits.}
     */
    public CheckLimits check(String prefix, ChassisConfig config) {
        between(prefix + "millis", millis, 1, config.maxTime().toMillis());
        between(prefix + "fuel", fuel, 1, config.maxFuel());
        between(prefix + "memoryMb", memoryMb == null ? null : memoryMb.longValue(), 1, config.maxMemoryMb());
        between(
                prefix + "outputBytes",
                outputBytes == null ? null : outputBytes.longValue(),
                0,
                config.maxOutputBytes());
        return this;
    }

    private static void between(String field, Long value, long least, long most) {
        if (value != null) {
            var _ = Check.between(field, value, least, most);
        }
    }
}
