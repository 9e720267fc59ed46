package io.infrafabric.k8s;

import java.util.List;

/** Which functions the chart gives the private key, so that they can make tokens. */
public final class TokenIssuers {
    private TokenIssuers() {}

    /** With the values for trying out. */
    public static List<String> toTryOut() {
        return of(ValueSet.TRY_OUT);
    }

    static List<String> of(ValueSet values) {
        return Chart.functions(values).stream()
                .filter(name -> Chart.function(values, name).get("issuesTokens").asBoolean())
                .toList();
    }
}
