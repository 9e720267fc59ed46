package io.infrafabric.budget;

import static io.infrafabric.door.tool.Field.text;
import static io.infrafabric.door.tool.Field.value;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.budget.BudgetBodies.CostBody;
import io.infrafabric.door.tool.Field.Kind;
import io.infrafabric.door.tool.Thing;
import io.infrafabric.door.tool.Told;
import io.infrafabric.door.tool.Tool;
import io.infrafabric.door.tool.ToolCall;
import io.infrafabric.door.tool.ToolJson;
import io.infrafabric.door.tool.Toolbox;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;

/** Money for agents, by a tool. */
@IfBuildProperty(name = "s2.build.budget.door", stringValue = "true", enableIfMissing = true)
@Singleton
public class BudgetTools implements Toolbox {
    private static final int BY_KIND = -1;

    private final AccountResource accounts;
    private final ToolJson json;

    BudgetTools(AccountResource accounts, ToolJson json) {
        this.accounts = accounts;
        this.json = json;
    }

    @Override
    public List<Tool> tools() {
        return List.of(new Tool(
                "report_cost",
                "Report what you have spent, in dollars. id makes it count once.",
                List.of(
                        value("amount", Kind.NUMBER).must(),
                        text("id"),
                        text("task"),
                        text("model"),
                        value("tokensIn", Kind.WHOLE),
                        value("tokensOut", Kind.WHOLE)),
                this::report));
    }

    @Override
    public List<Thing> things() {
        // An account's id is a kind and a name; session: and swarm: are such kinds.
        return List.of(
                new Thing("account", BY_KIND, this::look),
                new Thing("session", BY_KIND, id -> look(Purses.accountOf(id))),
                new Thing("swarm", BY_KIND, id -> look("swarm:" + id)));
    }

    private Uni<Told> report(ToolCall call) {
        CostBody body = new CostBody(
                call.text("id"),
                call.number("amount"),
                call.text("task"),
                null,
                call.text("model"),
                call.whole("tokensIn"),
                call.whole("tokensOut"),
                null,
                null);
        return accounts.cost(Purses.accountOf(call.caller().subject()), body)
                .map(json::of)
                .map(account -> new Told("Booked. " + standing(account), account));
    }

    private Uni<Told> look(String id) {
        return accounts.get(id).map(account -> {
            JsonNode shown = json.of((Object) account);
            return new Told(standing(shown), shown);
        });
    }

    private static String standing(JsonNode account) {
        return "Account " + account.path("account").asText() + " has spent $"
                + account.path("spentToday").asText() + " today and holds $"
                + account.path("heldToday").asText() + " more"
                + (account.hasNonNull("remaining")
                        ? "; $" + account.path("remaining").asText() + " is left"
                        : "")
                + (account.path("breaker").path("state").asText().equals("CLOSED")
                        ? "."
                        : ". Its breaker is "
                                + account.path("breaker").path("state").asText() + ": "
                                + account.path("breaker").path("reason").asText() + ".");
    }
}
