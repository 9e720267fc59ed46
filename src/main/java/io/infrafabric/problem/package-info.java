/**
 * Refusals. A {@link io.infrafabric.problem.Problem} carries one {@link io.infrafabric.problem.Code}, the field that
 * was wrong, what was expected and how to correct it; the door turns it into {@code application/problem+json} (RFC
 * 9457).
 *
 * <p>Rules return expected refusals as values of their own sealed types. A resource turns such a value into a problem.
 * Checks of input ({@code input.Check}) throw one at once, because nothing has happened yet that a rule must know.
 *
 * <p>A code is stable: it never changes its meaning, and {@code docs/errors.md} lists all of them.
 * {@link io.infrafabric.problem.Unauthenticated} gives the reasons behind one of them. This package knows nothing of
 * HTTP and imports no other package of the fabric.
 */
package io.infrafabric.problem;
