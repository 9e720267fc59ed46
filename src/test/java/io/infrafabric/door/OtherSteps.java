package io.infrafabric.door;

import io.infrafabric.door.OperatorSteps.Step;
import io.infrafabric.gateway.source.ScriptedGitHub;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;

/** What operators do with modules, providers, prices of models, and agents that ask to join. */
final class OtherSteps {
    /** Exits with 0. */
    static final String MODULE =
            "\0asm\1\0\0\0\1\4\1\140\0\0\3\2\1\0\5\3\1\0\1\7\23\2\6_start\0\0\6memory\2\0\12\4\1\2\0\13";

    private OtherSteps() {}

    static void add(List<Step> steps, String run, Pool pool) {
        modules(steps, run);
        providers(steps, run);
        joins(steps, run);
        sources(steps, run, pool);
        events(steps, run);
    }

    private static void sources(List<Step> steps, String run, Pool pool) {
        String source = "/gateway/sources/source-" + run;
        String entity = "source:source-" + run;
        String body = "{\"kind\":\"github\",\"swarm\":\"audit-" + run + "\",\"secrets\":[\"s\"],\"rules\":[],"
                + "\"apiToken\":\"" + ScriptedGitHub.API_TOKEN + "\"}";
        steps.add(new Step("PUT /gateway/sources/{name}", source, body, entity));
        steps.add(new Step(
                "POST /gateway/sources/{name}/resync", source + "/resync", "{\"repository\":\"o/r\"}", entity));
        UUID delivery = UUID.randomUUID();
        pool.preparedQuery("INSERT INTO gateway_delivery (id, source, swarm, key, state, body, bytes)"
                        + " VALUES ($1, $2, $3, 'k', 'APPLIED', '{}', 2)")
                .executeAndAwait(Tuple.of(delivery, "source-" + run, "audit-" + run));
        steps.add(new Step(
                "POST /gateway/sources/{name}/deliveries/{id}/replay",
                source + "/deliveries/" + delivery + "/replay",
                null,
                entity));
        steps.add(new Step("DELETE /gateway/sources/{name}", source, null, entity));
    }

    private static void events(List<Step> steps, String run) {
        steps.add(new Step(
                "POST /gateway/events",
                "/gateway/events",
                "{\"specversion\":\"1.0\",\"id\":\"" + run + "\",\"source\":\"/steps\","
                        + "\"type\":\"s2.coordinator.task-requested.v1\","
                        + "\"data\":{\"swarm\":\"audit-" + run + "\",\"title\":\"T\"}}",
                "events"));
    }

    private static void joins(List<Step> steps, String run) {
        String code = RestAssured.given()
                .contentType(ContentType.JSON)
                .body("{\"swarm\":\"join-" + run + "\",\"name\":\"joins-" + run + "\"}")
                .post("/coordinator/joins")
                .then()
                .statusCode(201)
                .extract()
                .path("code");
        steps.add(new Step(
                "POST /coordinator/joins/{code}/approve",
                "/coordinator/joins/" + code + "/approve",
                null,
                "join:" + code));
    }

    private static void modules(List<Step> steps, String run) {
        String module = "/chassis/modules/module-" + run;
        String entity = "module:module-" + run;
        steps.add(new Step("PUT /chassis/modules/{module}", module, MODULE, entity));
        steps.add(new Step("POST /chassis/modules/{module}/runs", module + "/runs", "{}", entity));
        steps.add(new Step("DELETE /chassis/modules/{module}", module, null, entity));
    }

    private static void providers(List<Step> steps, String run) {
        String provider = "/bulkhead/providers/provider-" + run;
        String entity = "provider:provider-" + run;
        String body = "{\"baseUrl\":\"http://127.0.0.1:9\",\"dialect\":\"none\"}";
        steps.add(new Step("PUT /bulkhead/providers/{provider}", provider, body, entity));
        String price = "/budget/prices/provider-" + run + "/small/model:1b";
        steps.add(new Step(
                "PUT /budget/prices/{provider}/{model}",
                price,
                "{\"input\":1,\"output\":2}",
                "price:provider-" + run + "/small/model:1b"));
        String why = "{\"reason\":\"a test\"}";
        steps.add(new Step("POST /bulkhead/providers/{provider}/open", provider + "/open", why, entity));
        steps.add(new Step("POST /bulkhead/providers/{provider}/close", provider + "/close", why, entity));
        steps.add(new Step("DELETE /bulkhead/providers/{provider}", provider, null, entity));
    }
}
