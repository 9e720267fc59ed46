package io.infrafabric.input;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a setting may be, in the form in which it is written ({@code 64}, {@code 0.80}, {@code 30d}, {@code 8M}). A
 * process whose settings are out of range does not start (see {@code launch.Settings}); the page of settings shows
 * the range.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Allowed {
    /** The least value. */
    String from();

    /** The greatest value. */
    String to();

    /** The key of another setting, which this one may not exceed; empty: none. */
    String atMost() default "";

    /** The key of another setting, which must be greater than this one; empty: none. */
    String below() default "";
}
