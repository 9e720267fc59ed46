package io.infrafabric.budget;

import io.infrafabric.budget.Account.Reset;
import io.infrafabric.budget.AccountPageTable.Filter;
import io.infrafabric.budget.AccountTable.View;
import io.infrafabric.budget.BudgetAnswers.AccountView;
import io.infrafabric.budget.BudgetAnswers.HoldView;
import io.infrafabric.budget.BudgetBodies.AccountBody;
import io.infrafabric.budget.BudgetBodies.CostBody;
import io.infrafabric.budget.BudgetBodies.HoldBody;
import io.infrafabric.budget.BudgetBodies.ResetBody;
import io.infrafabric.budget.LedgerTable.Line;
import io.infrafabric.bus.Rows;
import io.infrafabric.bus.Work;
import io.infrafabric.command.Caller;
import io.infrafabric.command.Commands;
import io.infrafabric.command.Idempotency;
import io.infrafabric.command.Once;
import io.infrafabric.command.Once.Keep;
import io.infrafabric.door.answer.Page;
import io.infrafabric.door.answer.Respond;
import io.infrafabric.door.identity.Identity;
import io.infrafabric.door.input.Paging;
import io.infrafabric.input.Check;
import io.infrafabric.input.Cursor;
import io.quarkus.arc.properties.IfBuildProperty;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

/** Accounts over REST: limits, figures, the ledger, costs, holds, and resets by operators. */
@IfBuildProperty(name = "s2.build.budget.door", stringValue = "true", enableIfMissing = true)
@Path("/budget/accounts")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "budget")
public class AccountResource {
    private final Identity identity;
    private final Reach reach;
    private final Commands commands;
    private final AccountTable accounts;
    private final AccountPageTable pages;
    private final AccountTree tree;
    private final FreeHolds holds;
    private final CostTransaction costs;
    private final SpenderSigns signs;
    private final LedgerTable ledger;
    private final BudgetAnswers answers;
    private final Paging paging;
    private final Pool pool;
    private final BudgetConfig config;

    AccountResource(
            Identity identity,
            Commands commands,
            AccountTable accounts,
            AccountPageTable pages,
            AccountTree tree,
            FreeHolds holds,
            CostTransaction costs,
            SpenderSigns signs,
            LedgerTable ledger,
            BudgetAnswers answers,
            Paging paging,
            Pool pool,
            BudgetConfig config) {
        this.identity = identity;
        this.reach = new Reach(accounts);
        this.commands = commands;
        this.accounts = accounts;
        this.pages = pages;
        this.tree = tree;
        this.holds = holds;
        this.costs = costs;
        this.signs = signs;
        this.ledger = ledger;
        this.answers = answers;
        this.paging = paging;
        this.pool = pool;
        this.config = config;
    }

    @PUT
    @Path("/{account}")
    @Operation(
            summary = "Make an account, or change its limit or its place (operators)",
            description = "Absent fields keep their values; a new account stands below org. A limit below what is "
                    + "spent is accepted, and the breaker opens.")
    public Uni<AccountView> put(@RestPath String account, AccountBody body) {
        Caller caller = identity.caller();
        Keep<Put> keep = new Keep<>(
                identity.noted(Check.given("body", body)),
                put -> put.isStored() ? answers.rendered(200, BudgetAnswers.shown(put.view())) : null);
        AccountTree.Wish wish = new AccountTree.Wish(
                BudgetBodies.account("account", account),
                BudgetBodies.account("parent", body.parent()),
                body.dailyLimit() != null,
                body.limit(),
                body.share(),
                caller.by());
        return reach.mustOperate(caller, account, wish.parent())
                .chain(() -> commands.alone(keep, work -> put(work, wish)))
                .map(Once::now)
                .map(put -> {
                    if (!put.isStored()) {
                        throw BudgetAnswers.refusal(account, put.changed());
                    }
                    return BudgetAnswers.shown(put.view());
                });
    }

    /** @param view {@code null} if nothing was changed */
    private record Put(AccountTree.Changed changed, View view) {
        boolean isStored() {
            return changed instanceof AccountTree.Changed.Stored;
        }
    }

    private Uni<Put> put(Work work, AccountTree.Wish wish) {
        return tree.change(work, wish).chain(changed -> {
            if (!(changed instanceof AccountTree.Changed.Stored)) {
                work.nothingWritten();
                return Uni.createFrom().item(new Put(changed, null));
            }
            return accounts.view(work.connection(), wish.account()).map(view -> new Put(changed, view));
        });
    }

    @GET
    @Path("/{account}")
    @Operation(summary = "What an account has spent and holds today")
    public Uni<AccountView> get(@RestPath String account) {
        Caller caller = identity.caller();
        return reach.mustRead(caller, BudgetBodies.account("account", account))
                .chain(() -> accounts.view(pool, account))
                .map(BudgetAnswers::shown);
    }

    @GET
    @Operation(summary = "List accounts, newest first")
    public Uni<Page<AccountView>> list(
            @RestQuery String parent, @RestQuery String breaker, @RestQuery Integer limit, @RestQuery String cursor) {
        Caller caller = identity.caller();
        int size = paging.limit(limit);
        After after = After.of(cursor);
        Filter filter = new Filter(
                caller.swarm() == null ? null : "swarm:" + caller.swarm(),
                caller.isSession() ? Purses.accountOf(caller.subject()) : null,
                BudgetBodies.account("parent", parent),
                Check.oneOf("breaker", breaker, Breaker.State.class));
        return pages.page(pool, filter, after.at(), after.key(), size + 1)
                .map(rows -> Page.of(
                                rows,
                                size,
                                view -> List.of(
                                        view.createdAt().toString(),
                                        view.account().id()))
                        .map(BudgetAnswers::shown));
    }

    @GET
    @Path("/{account}/entries")
    @Operation(
            summary = "The ledger of an account and all below it, newest first",
            description = "Shows who spent what: each amount is one row, on the account that spent it.")
    public Uni<Page<Line>> entries(
            @RestPath String account,
            @RestQuery String from,
            @RestQuery String to,
            @RestQuery String taskId,
            @RestQuery Integer limit,
            @RestQuery String cursor) {
        Caller caller = identity.caller();
        Instant begin = Check.instant("from", from);
        Instant end = Check.instant("to", to);
        String task = Check.id("taskId", taskId);
        int size = paging.limit(limit);
        After after = After.of(cursor);
        return reach.mustRead(caller, BudgetBodies.account("account", account))
                .chain(() -> ledger.page(pool, account, begin, end, task, after.at(), after.seq(), size + 1))
                .map(rows -> Page.of(rows, size, line -> List.of(line.at().toString(), Long.toString(line.seq()))));
    }

    @POST
    @Path("/{account}/holds")
    @Operation(
            summary = "Set money aside before it is spent",
            description = "Granted only if it fits at every level up to the root; it expires by itself.")
    @APIResponseSchema(HoldView.class)
    public Uni<RestResponse<String>> hold(@RestPath String account, HoldBody body) {
        Caller caller = identity.caller();
        Check.given("body", body);
        FreeHolds.Place wish = new FreeHolds.Place(
                BudgetBodies.account("account", account),
                BudgetBodies.givenMoney("amount", body.amount()),
                body.ttl(config),
                body.name(),
                caller.by());
        Keep<FreeHolds.Placed> keep = new Keep<>(identity.key(body), answers::toKeep);
        return reach.mustSpend(caller, account)
                .chain(() -> holds.place(wish, keep))
                .map(reply -> Respond.reply(reply, placed -> {
                    Idempotency.Answer granted = answers.toKeep(placed);
                    if (granted == null) {
                        throw BudgetAnswers.refusal(placed);
                    }
                    return granted;
                }));
    }

    @POST
    @Path("/{account}/costs")
    @Operation(
            summary = "Report a cost",
            description =
                    "Costs are always recorded, even above the limit. With a taskId the cost draws on the hold of "
                            + "that claim; with an id it counts once. A cost above the bound of a report counts on this "
                            + "account only, until a human says otherwise.")
    @APIResponseSchema(AccountView.class)
    public Uni<RestResponse<String>> cost(@RestPath String account, CostBody body) {
        Caller caller = identity.caller();
        Keep<CostTransaction.Booking> keep = new Keep<>(identity.key(Check.given("body", body)), answers::toKeep);
        CostTransaction.Cost cost = body.check(BudgetBodies.account("account", account), caller.by());
        caller.mustReachTask(cost.task());
        return reach.mustSpend(caller, account)
                .chain(() -> costs.book(cost, keep))
                .call(() -> caller.isSession() && !caller.isScoped()
                        ? signs.costReported(caller.subject())
                        : Uni.createFrom().voidItem())
                .map(reply -> Respond.reply(reply, answer -> {
                    Idempotency.Answer booked = answers.toKeep(answer);
                    if (booked == null) {
                        throw BudgetAnswers.refusal(answer);
                    }
                    return booked;
                }));
    }

    private record Closed(Reset reset, View view) {}

    @POST
    @Path("/{account}/reset")
    @Operation(
            summary = "Close a breaker (operators)",
            description = "Without headroom this needs an allowance, which is for today. The ledger keeps the reason.")
    @APIResponseSchema(AccountView.class)
    public Uni<RestResponse<String>> reset(@RestPath String account, ResetBody body) {
        Caller caller = identity.caller();
        String reason = BudgetBodies.reason(Check.given("body", body).reason());
        BigDecimal allowance = Money.orZero(Check.money("allowance", body.allowance()));
        Keep<Closed> keep = new Keep<>(identity.key(body), this::toKeep);
        return reach.mustOperate(caller, BudgetBodies.account("account", account), null)
                .chain(() -> commands.alone(
                        keep,
                        work -> accounts.reset(work, account, reason, allowance, caller.by())
                                .chain(reset -> accounts.view(work.connection(), account)
                                        .map(view -> new Closed(reset, view)))))
                .map(reply -> Respond.reply(reply, closed -> {
                    Idempotency.Answer done = toKeep(closed);
                    if (done == null) {
                        throw closed.reset() == null
                                ? BudgetAnswers.unknownAccount(account)
                                : BudgetAnswers.refusal(account, closed.reset());
                    }
                    return done;
                }));
    }

    private Idempotency.Answer toKeep(Closed closed) {
        return closed.reset() instanceof Reset.Done ? answers.rendered(200, BudgetAnswers.shown(closed.view())) : null;
    }

    /** The sort key of the last row that the caller has seen; for the first page, a key after everything. */
    private record After(Instant at, String key) {
        static After of(String cursor) {
            if (cursor == null) {
                return new After(Rows.FOREVER, Long.toString(Long.MAX_VALUE));
            }
            List<String> parts = Cursor.decode(cursor, 2);
            return new After(Cursor.instant(parts.get(0)), parts.get(1));
        }

        long seq() {
            return Cursor.number(key);
        }
    }
}
