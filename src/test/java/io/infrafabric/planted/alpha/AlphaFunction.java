package io.infrafabric.planted.alpha;

/** Does not say in which builds it is. */
final class AlphaFunction {
    private AlphaFunction() {}
}
