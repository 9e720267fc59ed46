package io.infrafabric.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.fabric.Api;
import io.infrafabric.fabric.Api.Answer;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/** The accounts of one test, all below one swarm's: used through any process, and looked at in the tables. */
record Accounts(Cluster cluster, String name) {
    static final BigDecimal A_MILLIONTH = new BigDecimal("0.000001");

    private static final int LONG = 3600;

    /** Makes the swarm's account, which has no limit yet. */
    static Accounts make(Cluster cluster, String name) {
        Accounts accounts = new Accounts(cluster, name);
        accounts.put(accounts.swarm(), Map.of());
        return accounts;
    }

    String swarm() {
        return "swarm:" + name;
    }

    /** Makes an account of this kind, with a limit or ({@code null}) without, and gives its id. */
    String open(String kind, String number, String parent, String limit) {
        String account = kind + ":" + name + "-" + number;
        put(account, Map.of("parent", parent));
        limit(account, limit);
        return account;
    }

    void limit(String account, String limit) {
        put(account, "{\"dailyLimit\":" + limit + "}");
    }

    private void put(String account, Object body) {
        expect(cluster.api(0).put("/budget/accounts/" + account, body, cluster.operator()), 200);
    }

    Answer hold(Api api, String account, BigDecimal amount) {
        return hold(api, account, amount, LONG);
    }

    Answer hold(Api api, String account, BigDecimal amount, int ttlSeconds) {
        Map<String, Object> wish = Map.of("amount", amount.toPlainString(), "ttlSeconds", ttlSeconds);
        return api.post("/budget/accounts/" + account + "/holds", wish, cluster.operator());
    }

    /** Places a hold that must be granted, and gives its id. */
    String mustHold(Api api, String account, String amount) {
        return id(expect(hold(api, account, new BigDecimal(amount)), 201));
    }

    Answer settle(Api api, String hold, String amount) {
        return api.post("/budget/holds/" + hold + "/settle", Map.of("amount", amount), cluster.operator());
    }

    Answer giveBack(Api api, String hold) {
        return api.post("/budget/holds/" + hold + "/void", null, cluster.operator());
    }

    Answer cost(Api api, String account, String amount) {
        return api.post("/budget/accounts/" + account + "/costs", Map.of("amount", amount), cluster.operator());
    }

    JsonNode read(Api api, String account) {
        return expect(api.get("/budget/accounts/" + account, cluster.operator()), 200);
    }

    /** What the account can still hold, as it says itself. */
    BigDecimal remaining(Api api, String account) {
        return read(api, account).path("remaining").decimalValue();
    }

    /** What the account and all below it hold, by the rows of the ledger. */
    BigDecimal held(String account) {
        return sum("sum(e.held)", account);
    }

    /** What they have spent on any day, by the rows of the ledger. */
    BigDecimal spent(String account) {
        return sum("sum(e.spent)", account);
    }

    /**
     * The most that was ever spent and held at once, by the rows of the ledger: those of an account with a limit, and of
     * all below it, are numbered under its lock, so in the order of their commits.
     */
    BigDecimal peak(String account) {
        return decimal(
                "SELECT coalesce(max(at_once), 0)::text FROM (SELECT sum(e.spent + e.held) OVER (ORDER BY e.seq) AS at_once"
                        + " FROM budget_entry e JOIN budget_account a ON a.id = e.account WHERE a.path @> ARRAY[?]::text[]) all_rows",
                account);
    }

    /** The rows of this kind on the account and all below it. */
    long entries(String account, String kind) {
        return cluster.count(
                "SELECT count(*) FROM budget_entry e JOIN budget_account a ON a.id = e.account"
                        + " WHERE a.path @> ARRAY[?]::text[] AND e.kind = ?",
                account,
                kind);
    }

    /** The events of this kind about the account. */
    long events(String account, String what) {
        return cluster.count(
                "SELECT count(*) FROM bus_event WHERE subject = ? AND type = ?",
                "account:" + account,
                "s2.budget." + what + ".v1");
    }

    /** The account and all below it hold nothing any more. */
    void awaitNothingHeld(String account) {
        await("nothing is held on " + account)
                .atMost(Cluster.PATIENCE)
                .until(() -> held(account).signum() == 0
                        && read(cluster.api(0), account)
                                        .path("heldToday")
                                        .decimalValue()
                                        .signum()
                                == 0);
    }

    /** Exactly what remains can be held, and not a millionth more. */
    void mustGrantTheRest(Api api, String account, BigDecimal rest) {
        Answer refused = hold(api, account, rest.add(A_MILLIONTH));
        assertThat(refused.status() + " " + refused.code())
                .as("%s", refused.body())
                .isEqualTo("402 IF_ERR_BUDGET_EXCEEDED");
        if (rest.signum() > 0) {
            expect(hold(api, account, rest), 201);
            expect(hold(api, account, A_MILLIONTH), 402);
        }
    }

    /** Every process says that balances are the sum of the ledger's rows. */
    void mustBalance() {
        for (int process = 0; process < cluster.size(); process++) {
            JsonNode proof = expect(cluster.api(process).get("/budget/check", cluster.operator()), 200);
            assertThat(proof.path("balanced").asBoolean()).as("%s", proof).isTrue();
        }
    }

    /** Makes so many calls at once, and gives their answers in their order. */
    static List<Answer> together(int count, IntFunction<Answer> call) {
        CountDownLatch all = new CountDownLatch(count);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> calls = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int index = i;
                calls.add(threads.submit(() -> {
                    all.countDown();
                    all.await();
                    return call.apply(index);
                }));
            }
            List<Answer> answers = new ArrayList<>();
            for (Future<Answer> made : calls) {
                answers.add(made.get());
            }
            return answers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    static JsonNode expect(Answer answer, int status) {
        assertThat(answer.status()).as("%s", answer.body()).isEqualTo(status);
        return answer.body();
    }

    static String id(JsonNode hold) {
        return hold.path("hold").asText();
    }

    private BigDecimal sum(String what, String account) {
        return decimal(
                "SELECT coalesce(" + what + ", 0)::text FROM budget_entry e JOIN budget_account a ON a.id = e.account"
                        + " WHERE a.path @> ARRAY[?]::text[]",
                account);
    }

    private BigDecimal decimal(String sql, Object... parameters) {
        return new BigDecimal(cluster.texts(sql, parameters).getFirst());
    }
}
