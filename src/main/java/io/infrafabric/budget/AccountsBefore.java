package io.infrafabric.budget;

import io.infrafabric.command.Before;
import jakarta.inject.Singleton;
import java.util.Map;

/** What the audit log shows of accounts and holds before an operator's call. */
@Singleton
class AccountsBefore implements Before {
    private static final String ACCOUNT = """
            SELECT jsonb_strip_nulls(jsonb_build_object('account', id, 'parent', parent, 'dailyLimit', daily_limit,
              'warnAt', warn_at, 'allowance', allowance, 'tripped', tripped, 'version', version))::text
            FROM budget_account WHERE id = $1
            """;
    private static final String HOLD = """
            SELECT jsonb_strip_nulls(jsonb_build_object('hold', id, 'account', account, 'amount', amount, 'drawn', drawn,
              'state', state))::text FROM budget_hold WHERE id = $1
            """;

    @Override
    public Map<String, String> statements() {
        return Map.of("budget/accounts", ACCOUNT, "budget/holds", HOLD);
    }
}
