package io.infrafabric.budget;

import com.fasterxml.jackson.databind.JsonNode;
import io.infrafabric.input.Check;
import io.infrafabric.problem.Problem;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The bodies of calls, and their checks. A failed check names the field. */
final class BudgetBodies {
    private static final int NAME = 128;
    private static final int TEXT = 4000;
    private static final int LONGEST_NUMBER = 64;
    private static final Pattern ACCOUNT = Pattern.compile("[a-z]{1,32}(:[A-Za-z0-9][A-Za-z0-9._-]{0,127})?");

    private BudgetBodies() {}

    /** {@code PUT /budget/accounts/{account}}. */
    record AccountBody(
            @Schema(
                    description = "US dollars a UTC day; null removes the limit",
                    implementation = BigDecimal.class,
                    nullable = true)
            JsonNode dailyLimit,

            @Schema(description = "Share of the limit at which it warns, 0 to 1 (0.80)")
            BigDecimal warnAt,

            @Schema(examples = "swarm:phase0") String parent) {

        BigDecimal limit() {
            if (dailyLimit == null || dailyLimit.isNull()) {
                return null;
            }
            BigDecimal limit = dailyLimit.isNumber() ? dailyLimit.decimalValue() : number(dailyLimit);
            return Check.money("dailyLimit", limit);
        }

        private static BigDecimal number(JsonNode text) {
            try {
                if (text.isTextual() && text.textValue().length() <= LONGEST_NUMBER) {
                    return new BigDecimal(text.textValue());
                }
            } catch (NumberFormatException notANumber) {
                throw Problem.badInput("dailyLimit", "US dollars, or null for no limit");
            }
            throw Problem.badInput("dailyLimit", "US dollars, or null for no limit");
        }

        BigDecimal share() {
            if (warnAt != null && (warnAt.signum() < 0 || warnAt.compareTo(BigDecimal.ONE) > 0 || warnAt.scale() > 6)) {
                throw Problem.badInput("warnAt", "a share from 0 to 1, with at most 6 decimals");
            }
            return warnAt;
        }
    }

    /** {@code POST /budget/accounts/{account}/holds}. */
    record HoldBody(
            @Schema(examples = "1.50") BigDecimal amount,

            @Schema(description = "Seconds until it expires by itself (300)")
            Long ttlSeconds,

            @Schema(description = "What it is for, in the caller's words")
            String reference) {

        Duration ttl(BudgetConfig config) {
            return ttlSeconds == null
                    ? config.holdTtl()
                    : Duration.ofSeconds(Check.between(
                            "ttlSeconds", ttlSeconds, 1, config.maxHoldTtl().toSeconds()));
        }

        String name() {
            return Check.text("reference", reference, NAME);
        }
    }

    /** {@code POST /budget/holds/{hold}/settle}. */
    record SettleBody(
            @Schema(description = "What was really spent", examples = "1.25")
            BigDecimal amount) {}

    /** {@code POST /budget/accounts/{account}/costs}. */
    record CostBody(
            @Schema(description = "Makes the cost count once on its account")
            String id,

            @Schema(examples = "0.0135") BigDecimal amount,

            @Schema(description = "The cost draws on the hold of the account's claim of this task")
            String taskId,

            Long epoch,
            String model,
            Long tokensIn,
            Long tokensOut,
            String what,

            @Schema(description = "When it happened; it counts on the day on which it is booked")
            Instant at) {

        CostTransaction.Cost check(String account, String by) {
            if (epoch != null && taskId == null) {
                throw Problem.badInput("epoch", "a taskId with it");
            }
            return new CostTransaction.Cost(
                    Check.id("id", id),
                    account,
                    Check.money("amount", Check.given("amount", amount)),
                    Check.id("taskId", taskId),
                    atLeastNothing("epoch", epoch),
                    Check.text("model", model, NAME),
                    atLeastNothing("tokensIn", tokensIn),
                    atLeastNothing("tokensOut", tokensOut),
                    Check.text("what", what, TEXT),
                    at,
                    false,
                    by);
        }
    }

    /** {@code POST /budget/accounts/{account}/reset}. */
    record ResetBody(
            @Schema(description = "Why; the ledger keeps it")
            String reason,

            @Schema(description = "US dollars that may be spent above the limit, today only")
            BigDecimal allowance) {}

    /** {@code POST /budget/accounts/{account}/corrections}. */
    record CorrectionBody(
            @Schema(description = "US dollars to add to what was spent; negative to subtract", examples = "-12.50")
            BigDecimal amount,

            @Schema(description = "Why; the ledger keeps it")
            String reason,

            @Schema(description = "The UTC day that was wrong (today)", examples = "2026-01-31")
            LocalDate day) {

        /** The change, which is not zero. */
        BigDecimal change() {
            BigDecimal given = Check.given("amount", amount);
            BigDecimal size = Check.money("amount", given.abs());
            if (size.signum() == 0) {
                throw Problem.badInput("amount", "US dollars, more or less than 0");
            }
            return given.signum() < 0 ? size.negate() : size;
        }
    }

    /** The id of an account: a kind, and usually a name, as in {@code session:ann}. */
    static String account(String field, String id) {
        if (id != null && !ACCOUNT.matcher(id).matches()) {
            throw Problem.badInput(field, "an account such as session:ann, swarm:phase0 or org");
        }
        return id;
    }

    /** Money that must be given. */
    static BigDecimal givenMoney(String field, BigDecimal value) {
        return Check.money(field, Check.given(field, value));
    }

    static Long atLeastNothing(String field, Long value) {
        return value == null ? null : Check.between(field, value, 0, Long.MAX_VALUE);
    }

    static String reason(String reason) {
        return Check.givenText("reason", reason, TEXT);
    }
}
