package io.infrafabric.door;

import io.infrafabric.door.OperatorSteps.Step;
import java.util.List;

/** What operators do with providers, and with prices of their models. */
final class ProviderSteps {
    private ProviderSteps() {}

    static void add(List<Step> steps, String run, String operatorToken) {
        String provider = "/bulkhead/providers/provider-" + run;
        String entity = "provider:provider-" + run;
        String body = "{\"baseUrl\":\"http://127.0.0.1:9\",\"dialect\":\"none\"}";
        OperatorSteps.as(operatorToken).body(body).put(provider).then().statusCode(200);
        steps.add(new Step("PUT /bulkhead/providers/{provider}", provider, body, entity));
        String price = "/budget/prices/provider-" + run + "/small/model:1b";
        steps.add(new Step(
                "PUT /budget/prices/{provider}/{model}",
                price,
                "{\"input\":1,\"output\":2}",
                "price:provider-" + run + "/small/model:1b"));
        steps.add(new Step("DELETE /bulkhead/providers/{provider}", provider, null, entity));
    }
}
