package io.infrafabric.coordinator;

import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** {@code PUT …/fairness/{key}}. */
record FairnessBody(
        @Schema(description = "Share beside other keys, 0.001 to 1000")
        Double weight) {
    private static final double LEAST_WEIGHT = 0.001;
    private static final double MOST_WEIGHT = 1000;

    double checkedWeight() {
        double given = Check.given("weight", weight);
        if (!(given >= LEAST_WEIGHT && given <= MOST_WEIGHT)) {
            throw Problem.badInput("weight", "a number from 0.001 to 1000");
        }
        return given;
    }
}
